using Colloquy.Grains.Uploads;
using CsCheck;
using Xunit;

namespace Colloquy.Grains.Tests.Uploads;

public sealed class RetryScheduleTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(5, 16)]
    [InlineData(9, 256)]
    [InlineData(10, 300)]
    [InlineData(1_000_000_000, 300)]
    public void Delay_doubles_up_to_five_minutes(int attempts, double seconds)
    {
        Assert.Equal(seconds / 2, new RetrySchedule(() => 0).DelayAfter(attempts).TotalSeconds, 6);
        Assert.Equal(seconds * 0.75, new RetrySchedule(() => 0.5).DelayAfter(attempts).TotalSeconds, 6);
    }

    [Fact]
    public void Delay_is_always_positive_and_within_the_cap() =>
        Gen.Select(Gen.Int[1, int.MaxValue], Gen.Double[0, 0.999999]).Sample((attempts, random) =>
        {
            var delay = new RetrySchedule(() => random).DelayAfter(attempts);
            return delay > TimeSpan.Zero && delay <= RetrySchedule.Longest;
        });

    [Fact]
    public void Delay_before_the_first_attempt_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RetrySchedule(() => 0).DelayAfter(0));
}
