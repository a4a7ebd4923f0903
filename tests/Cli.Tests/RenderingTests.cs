using Colloquy.Cli.Rendering;
using Colloquy.Costs;
using Spectre.Console;

namespace Colloquy.Cli.Tests;

public sealed class RenderingTests
{
    private static readonly CostTotals Cost =
        new(new TokenUsage(1000, 20, 5, 1, 300), 2, 0, 1_234_000, 2, 4, 1, 5_000);

    [Fact]
    public void Costs_name_every_kind_of_token_and_the_label_of_their_prices() => Assert.Equal(
        "1,306 prompt tokens (input 1,000, cache write 6, cache read 300) + 20 completion tokens in 2 model calls; " +
        "sandbox 2.00 s × 2 vCPU, 1.00 GiB·s; 0.001239 USD at demo prices",
        CostText.Full(Cost, demoPrices: true));

    [Fact]
    public void Costs_without_a_price_are_not_shown_as_free() => Assert.Equal(
        "0.001239 USD + 1 model call unpriced and sandbox time unpriced",
        CostText.Money(Cost with { UnpricedCalls = 1, UnpricedSandboxSlices = 3 }));

    [Theory]
    [InlineData(0, "0.00 USD")]
    [InlineData(0.00000001, "0.00000001 USD")]
    [InlineData(1234.5, "1,234.50 USD")]
    public void Money_has_as_many_digits_as_it_needs(double usd, string expected) =>
        Assert.Equal(expected, CostText.Usd((decimal)usd));

    [Fact]
    public void What_agents_print_cannot_steer_the_terminal() =>
        Assert.Equal("a\n\tb\uFFFD[2Jc", Printable.Clean("a\r\n\tb\u001b[2Jc"));

    [Fact]
    public void Long_lines_say_how_much_is_missing() =>
        Assert.Equal("abc… (4 more characters)", Printable.Shortened("abcdefg", 3));

    [Fact]
    public void Piped_lines_are_never_broken()
    {
        using var writer = new StringWriter();
        var text = new string('x', 5000) + " " + new string('y', 5000);

        Screen.Plain(writer).Line(text);

        Assert.Equal(text + Environment.NewLine, writer.ToString());
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(80, false)]
    public void Tables_leave_out_columns_rather_than_break_cells(int? width, bool all)
    {
        using var writer = new StringWriter();
        var table = new FittingTable().Add("session").AddNumber("calls", 1).AddNumber("vCPU s", 2).AddNumber("total");
        table.AddRow(new Text(new string('s', 60)), new Text("1,234"), new Text("12,345,678.9"), new Text("0.000001"));
        table.AddEmptyRow();

        table.WriteTo(Screen.Plain(writer, width));

        var lines = writer.ToString().Split('\n');
        Assert.Single(lines, line => line.Contains("sss", StringComparison.Ordinal));
        Assert.Contains(new string('s', 60), writer.ToString(), StringComparison.Ordinal);
        Assert.Contains("0.000001", writer.ToString(), StringComparison.Ordinal);
        Assert.Equal(all, writer.ToString().Contains("12,345,678.9", StringComparison.Ordinal));
        Assert.Equal(!all, writer.ToString().Contains("A wider terminal shows more: vCPU s.", StringComparison.Ordinal));
        Assert.True(all || lines.All(line => line.TrimEnd().Length <= 80));
    }
}
