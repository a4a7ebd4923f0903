using Colloquy.Grains.Sessions;
using Colloquy.Sandboxes;
using Colloquy.Sessions;
using Orleans.Concurrency;

namespace Colloquy.Grains.Sandboxes;

/// <summary>Asks the provider, and the stored sessions who holds what; holds nothing itself.</summary>
[StatelessWorker]
public sealed class SandboxDirectoryGrain(ISandboxProvider provider, ISessionStore store) : Grain, ISandboxDirectoryGrain
{
    public async Task<SandboxReport> ListAsync()
    {
        var listings = new List<SandboxListing>();
        try
        {
            await foreach (var found in provider.ListAsync(CancellationToken.None))
            {
                listings.Add(new SandboxListing(
                    found.Id, found.SessionId, found.State == SandboxState.Paused, found.StartedAt, found.EndAt,
                    found.Resources.VCpus, found.Resources.MemoryMiB, await IsHeldAsync(found)));
            }
        }
        catch (SandboxException exception)
        {
            throw new SandboxUnavailableException($"The sandboxes cannot be listed now: {exception.Message}");
        }

        return new SandboxReport(
            [.. listings.OrderBy(sandbox => sandbox.StartedAt).ThenBy(sandbox => sandbox.Id, StringComparer.Ordinal)], 0);
    }

    private async Task<bool> IsHeldAsync(SandboxStatus found) =>
        SessionId.TryParse(found.SessionId, out var session) &&
        await store.FindAsync(session, CancellationToken.None) is { } row &&
        SessionStateJson.Read(row) is { EndedAt: null, Sandbox: { } lease } &&
        (lease.SandboxId is { } held ? held == found.Id : lease.Id == found.Lease);
}
