using Colloquy.Grains.Sessions;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sandboxes;

internal static class SandboxHolders
{
    /// <summary>Whether the stored session still holds the sandbox.</summary>
    public static async Task<bool> HoldsAsync(
        this ISessionStore store, SessionId session, SandboxStatus found, CancellationToken cancellationToken) =>
        await store.FindAsync(session, cancellationToken) is { } row &&
        SessionStateJson.Read(row) is { EndedAt: null, Sandbox: { } lease } &&
        // Before its answer is stored, a sandbox is known by its lease only.
        (lease.SandboxId is { } held ? held == found.Id : lease.Id == found.Lease);
}
