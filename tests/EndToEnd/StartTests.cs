using System.Net;
using System.Net.Sockets;
using Colloquy.Silo;
using Xunit;

namespace Colloquy.EndToEnd;

public sealed class StartTests : IDisposable
{
    private readonly TemporaryFolder _data = new();

    [Fact]
    public async Task Taken_port_is_named_with_the_remedy()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        var error = await FailAsync(Settings with { Urls = $"http://{taken.LocalEndpoint}" });

        Assert.Contains("in use", error, StringComparison.Ordinal);
        Assert.Contains("--urls", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:notaport")]
    [InlineData("127.0.0.1:7710")]
    [InlineData("ftp://127.0.0.1:7710")]
    public async Task Address_that_is_none_is_refused_rather_than_read_as_any_address(string urls)
    {
        var error = await FailAsync(Settings with { Urls = urls });

        Assert.Contains(urls, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_folder_that_cannot_be_written_is_named()
    {
        var error = await FailAsync(Settings with { DataFolder = "/proc/colloquy" });

        Assert.Contains("/proc/colloquy", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Second_server_on_the_same_data_is_told_where_the_first_one_is()
    {
        await using var first = await ColloquyServer.StartAsync(Settings, TestContext.Current.CancellationToken);

        var error = await FailAsync(Settings);

        Assert.Contains(first.Url, error, StringComparison.Ordinal);
        Assert.Equal(first.Url, RunningServer.FindUrl(_data.Path));
    }

    [Fact]
    public async Task Broken_price_book_is_refused_with_the_place_that_is_wrong()
    {
        var book = Path.Combine(_data.Path, "prices.json");
        await File.WriteAllTextAsync(book, """{"version":"mine","models":{"m":{"input":-1}}}""", TestContext.Current.CancellationToken);

        var error = await FailAsync(Settings with { Arguments = ["--Costs:PriceBook", book] });

        Assert.Contains("price book", error, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(book, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Sandbox:Provider", "moon", "Sandbox:Provider")]
    [InlineData("--Sandbox:Timeout", "soon", "Sandbox:Timeout")]
    [InlineData("--SandboxHost:VCpus", "0", "VCpus")]
    [InlineData("--ModelGateway:Direct", "true", "ModelGateway:Direct")]
    public async Task Wrong_option_is_named(string option, string value, string named)
    {
        var error = await FailAsync(Settings with { Arguments = [option, value] });

        Assert.Contains(named, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failed_start_leaves_the_data_folder_free()
    {
        await FailAsync(Settings with { Arguments = ["--Sandbox:Provider", "moon"] });

        await using var server = await ColloquyServer.StartAsync(Settings, TestContext.Current.CancellationToken);

        Assert.NotEmpty(server.Url);
    }

    public void Dispose() => _data.Dispose();

    private ServerSettings Settings => new() { Urls = "http://127.0.0.1:0", DataFolder = _data.Path, Quiet = true };

    private static async Task<string> FailAsync(ServerSettings settings) =>
        (await Assert.ThrowsAsync<ServerStartException>(async () =>
        {
            await using var server = await ColloquyServer.StartAsync(settings, TestContext.Current.CancellationToken);
        })).Message;
}
