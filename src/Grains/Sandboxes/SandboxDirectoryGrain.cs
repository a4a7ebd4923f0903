using Colloquy.Grains.Sessions;
using Colloquy.Sandboxes;
using Colloquy.Sessions;
using Orleans.Concurrency;

namespace Colloquy.Grains.Sandboxes;

/// <summary>Asks the provider, and the stored sessions who holds what; holds nothing itself.</summary>
[StatelessWorker]
public sealed class SandboxDirectoryGrain(ISandboxProvider provider, ISessionStore store, SandboxSweeper sweeper)
    : Grain, ISandboxDirectoryGrain
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
            [.. listings.OrderBy(sandbox => sandbox.StartedAt).ThenBy(sandbox => sandbox.Id, StringComparer.Ordinal)],
            sweeper.Swept);
    }

    private async Task<bool> IsHeldAsync(SandboxStatus found) =>
        SessionId.TryParse(found.SessionId, out var session) &&
        await store.HoldsAsync(session, found, CancellationToken.None);
}
