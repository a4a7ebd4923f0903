using Colloquy.Cli.Commands;

namespace Colloquy.Cli.Tests;

public sealed class DurationsTests
{
    [Theory]
    [InlineData("30s", 30)]
    [InlineData("10m", 600)]
    [InlineData("2h", 7200)]
    [InlineData("1h30m", 5400)]
    [InlineData("1h1m1s", 3661)]
    [InlineData("90m", 5400)]
    [InlineData("0s", 0)]
    public void Durations_in_known_forms_are_read(string text, double seconds)
    {
        Assert.True(Durations.TryParse(text, out var duration, out var error));
        Assert.Equal(TimeSpan.FromSeconds(seconds), duration);
        Assert.Null(error);
    }

    [Theory]
    [InlineData("-5m", "negative")]
    [InlineData("", "not a duration")]
    [InlineData("10", "not a duration")]
    [InlineData("m", "not a duration")]
    [InlineData("5 m", "not a duration")]
    [InlineData("1.5h", "not a duration")]
    [InlineData("30m1h", "not a duration")]
    [InlineData("ten minutes", "not a duration")]
    [InlineData("99999999999999999999h", "too long")]
    public void Durations_that_make_no_sense_are_refused_with_a_reason(string text, string reason)
    {
        Assert.False(Durations.TryParse(text, out _, out var error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }
}
