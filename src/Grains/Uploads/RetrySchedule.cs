namespace Colloquy.Grains.Uploads;

/// <summary>
/// How long to wait after a failed attempt: about 1 s, 2 s, 4 s ... up to 5 minutes, for as long as it takes. Jitter
/// spreads what failed together.
/// </summary>
/// <param name="random">A number in [0, 1) at each call.</param>
public sealed class RetrySchedule(Func<double> random)
{
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    /// <param name="attempts">How many have failed, 1 or more.</param>
    /// <returns>Between half of the full wait and all of it.</returns>
    public TimeSpan DelayAfter(int attempts)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempts, 1);
        const int DoublingsUntilLongest = 9;
        var full = First * Math.Pow(2, Math.Min(attempts - 1, DoublingsUntilLongest));
        return (full < Longest ? full : Longest) * ((1 + random()) / 2);
    }
}
