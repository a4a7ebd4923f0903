namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>What becomes of a sandbox when a later server finds it.</summary>
internal enum Fate
{
    /// <summary>It runs on.</summary>
    Adopted,

    /// <summary>It was paused, or is now because it has ended and wants that instead.</summary>
    Paused,

    /// <summary>It is paused now, as it should have been when its time was over.</summary>
    PausedLate,

    /// <summary>It is removed now, as it should have been when its time was over.</summary>
    Ended,

    /// <summary>Its processes have ended before their time, and its files with them.</summary>
    Gone,
}

internal static class Fates
{
    /// <param name="isAlive">Whether its first process still runs.</param>
    internal static Fate Of(SandboxRecord record, bool isAlive, DateTimeOffset now) => record switch
    {
        { State: RecordedState.Paused } => Fate.Paused,
        { Request.AutoPause: true } when record.EndAt <= now => Fate.PausedLate,
        _ when record.EndAt <= now => Fate.Ended,
        _ when isAlive => Fate.Adopted,
        { Request.AutoPause: true } => Fate.Paused,
        _ => Fate.Gone,
    };
}
