namespace Colloquy.Sandboxes;

/// <summary>Lists the sandboxes of this installation as their provider knows them. A stateless worker: key 0.</summary>
[Alias("sandboxes.directory")]
public interface ISandboxDirectoryGrain : IGrainWithIntegerKey
{
    /// <exception cref="SandboxUnavailableException">The provider does not answer.</exception>
    [Alias("list")]
    Task<SandboxReport> ListAsync();
}

/// <param name="Sandboxes">Oldest first.</param>
/// <param name="SweptSinceStart">How many orphans the server has killed since it started.</param>
[GenerateSerializer, Immutable, Alias("sandboxes.report")]
public sealed record SandboxReport(
    [property: Id(0)] IReadOnlyList<SandboxListing> Sandboxes, [property: Id(1)] long SweptSinceStart);

/// <param name="SessionId">Whose it was made for; null if that is not known.</param>
/// <param name="IsPaused">Its processes are stopped, its files are kept.</param>
/// <param name="StartedAt">Of this run: a resumed sandbox starts again.</param>
/// <param name="EndAt">When its time is over; of a paused one, when it was paused.</param>
/// <param name="IsHeld">Whether that session still holds it. What nobody holds is an orphan and gets swept.</param>
[GenerateSerializer, Immutable, Alias("sandboxes.listing")]
public sealed record SandboxListing(
    [property: Id(0)] string Id,
    [property: Id(1)] string? SessionId,
    [property: Id(2)] bool IsPaused,
    [property: Id(3)] DateTimeOffset StartedAt,
    [property: Id(4)] DateTimeOffset EndAt,
    [property: Id(5)] int VCpus,
    [property: Id(6)] int MemoryMiB,
    [property: Id(7)] bool IsHeld);
