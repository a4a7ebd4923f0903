using System.Text.Json.Serialization;
using Colloquy.Sandboxes;

namespace Colloquy.Web.Sandboxes;

/// <param name="Running">How many run.</param>
/// <param name="Paused">How many are paused.</param>
/// <param name="Orphans">How many no session holds, running or paused.</param>
/// <param name="SweptSinceStart">How many orphans the server has killed since it started.</param>
internal sealed record SandboxList(
    IReadOnlyList<SandboxResource> Data, int Running, int Paused, int Orphans, long SweptSinceStart)
{
    public static SandboxList Of(SandboxReport report)
    {
        var paused = report.Sandboxes.Count(sandbox => sandbox.IsPaused);
        return new SandboxList(
            [.. report.Sandboxes.Select(SandboxResource.Of)], report.Sandboxes.Count - paused, paused,
            report.Sandboxes.Count(sandbox => !sandbox.IsHeld), report.SweptSinceStart);
    }
}

/// <param name="SessionId">Whose it was made for; null if that is not known.</param>
/// <param name="State">running or paused.</param>
/// <param name="Since">Since when it runs, or is paused.</param>
/// <param name="Until">When its time is over and it is paused; null while it is paused.</param>
/// <param name="MemoryMib">MiB.</param>
/// <param name="Held">Whether its session still holds it; if not, it is an orphan.</param>
internal sealed record SandboxResource(
    string Id,
    string? SessionId,
    string State,
    DateTimeOffset Since,
    DateTimeOffset? Until,
    [property: JsonPropertyName("vcpus")] int VCpus,
    int MemoryMib,
    bool Held)
{
    public static SandboxResource Of(SandboxListing sandbox) => new(
        sandbox.Id, sandbox.SessionId, sandbox.IsPaused ? "paused" : "running",
        sandbox.IsPaused ? sandbox.EndAt : sandbox.StartedAt, sandbox.IsPaused ? null : sandbox.EndAt,
        sandbox.VCpus, sandbox.MemoryMiB, sandbox.IsHeld);
}
