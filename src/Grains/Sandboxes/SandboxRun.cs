using Colloquy.Grains.Sessions;

namespace Colloquy.Grains.Sandboxes;

/// <summary>What is known of a sandbox's running time since it was last booked. Pure.</summary>
/// <param name="Until">It ran until then, and may run on unless the run has ended.</param>
/// <param name="Estimated">Nobody knows when it really ended: it would have been paused then.</param>
public readonly record struct SandboxRun(DateTimeOffset Until, bool Ended, bool Estimated)
{
    /// <param name="seen">What the provider says; null if it is gone.</param>
    public static SandboxRun Of(SandboxLease lease, SandboxStatus? seen, DateTimeOffset now) => seen switch
    {
        null => Unknown(lease, now),
        { State: SandboxState.Paused } => new SandboxRun(Truncated(seen.EndAt < now ? seen.EndAt : now), true, false),
        _ => new SandboxRun(now, false, false),
    };

    /// <summary>The provider could not be asked: as if it had run as long as it was allowed to.</summary>
    public static SandboxRun Unknown(SandboxLease lease, DateTimeOffset now) =>
        new(lease.ExpiresAt < now ? lease.ExpiresAt : now, true, true);

    private static DateTimeOffset Truncated(DateTimeOffset time) => time.Truncated();
}

/// <summary>A sandbox that was created for a lease.</summary>
/// <param name="StartedAt">Not later than the provider began to count.</param>
/// <param name="ExpiresAt">When it is paused if nobody extends it.</param>
public sealed record OpenedSandbox(
    string Id, string Kind, SandboxResources Resources, DateTimeOffset StartedAt, DateTimeOffset ExpiresAt);
