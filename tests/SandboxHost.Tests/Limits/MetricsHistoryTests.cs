using Colloquy.SandboxHost.Limits;
using CsCheck;

namespace Colloquy.SandboxHost.Tests.Limits;

public sealed class MetricsHistoryTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;

    [Fact]
    public void Memory_is_bounded_however_long_a_sandbox_lives()
    {
        var history = Sampled(TimeSpan.FromDays(2));
        Assert.InRange(history.Count, 720, 720 + 1440);
        var all = history.Between(Start, Start.AddDays(2));
        Assert.InRange(all[0].Time, Start.AddDays(1), Start.AddDays(1).AddMinutes(2));
        Assert.Equal(history.Latest!.Value.Time, Start.AddDays(2));
    }

    [Theory]
    [InlineData(0.5, 5)]
    [InlineData(2, 30)]
    [InlineData(8, 60)]
    [InlineData(20, 120)]
    public void Samples_of_a_longer_range_are_further_apart(double hours, int seconds)
    {
        // The last hour is kept sample by sample.
        var history = Sampled(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(5));
        var found = history.Between(Start, Start.AddHours(hours));
        Assert.All(found.Zip(found.Skip(1)), pair => Assert.Equal(seconds, (pair.Second.Time - pair.First.Time).TotalSeconds));
        Assert.True(found.Count >= 2);
    }

    [Fact]
    public void Samples_are_in_order_within_the_range_and_never_too_dense() =>
        Gen.Select(Gen.Int[1, 5000], Gen.Int[0, 30000], Gen.Int[0, 30000]).Sample((count, from, length) =>
        {
            var (start, end) = (Start.AddSeconds(from), Start.AddSeconds(from + length));
            var found = Sampled(TimeSpan.FromSeconds(5 * count)).Between(start, end);
            var step = length < 3600 ? 5 : length < 6 * 3600 ? 30 : 60;
            return found.All(sample => sample.Time >= start && sample.Time <= end)
                && found.Zip(found.Skip(1)).All(pair => (pair.Second.Time - pair.First.Time).TotalSeconds >= step);
        }, iter: 50);

    private static MetricsHistory Sampled(TimeSpan length)
    {
        var history = new MetricsHistory();
        for (var time = TimeSpan.FromSeconds(5); time <= length; time += TimeSpan.FromSeconds(5))
            history.Add(new MetricsSample(Start + time, 1, default));
        return history;
    }
}
