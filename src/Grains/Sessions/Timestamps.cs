namespace Colloquy.Grains.Sessions;

internal static class Timestamps
{
    /// <summary>Cut to the microsecond that stores keep, so that a time reads back as it was written.</summary>
    public static DateTimeOffset Truncated(this DateTimeOffset time) =>
        new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
}
