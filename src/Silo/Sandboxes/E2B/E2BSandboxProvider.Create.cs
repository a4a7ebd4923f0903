using Colloquy.Environments;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Silo.Sandboxes.E2B;

internal sealed partial class E2BSandboxProvider
{
    /// <remarks>
    /// The API has no idempotent create, so every attempt first looks for what an earlier one may have created. The
    /// list may lag behind: then a second sandbox is created, and who looks next kills it.
    /// </remarks>
    public async Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        try
        {
            var connected = await _client.RetryAsync(
                async token => await AdoptAsync(spec, token) ?? await CreateOnceAsync(spec, token), cancellationToken);
            var sandbox = await OpenAsync(connected, spec.Timeout, cancellationToken)
                ?? throw new SandboxException(
                    SandboxFailure.Gone, $"Sandbox {connected.Access.SandboxId} ended as soon as it was created.");
            CheckSize(spec.Limits, sandbox);
            return sandbox;
        }
        catch (E2BHttpException exception)
        {
            throw exception.ToSandboxException(
                $"Creating a sandbox from template '{spec.Template}'", notFound: SandboxFailure.Refused);
        }
    }

    private void CheckSize(SandboxLimits? asked, ISandbox sandbox)
    {
        var has = sandbox.Resources;
        var wanted = new SandboxResources(asked?.VCpus ?? has.VCpus, asked?.MemoryMiB ?? has.MemoryMiB);
        if (wanted != has)
        {
            LogOtherSize(sandbox.Id, wanted.VCpus, wanted.MemoryMiB, has.VCpus, has.MemoryMiB);
        }
    }

    private async Task<Connected?> AdoptAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        var filter = E2BMetadata.Filter(E2BMetadata.Lease, spec.Lease);
        var page = await _client.Control.ListAsync(filter, next: null, cancellationToken);
        var ours = page.Sandboxes
            .Where(sandbox => sandbox.Metadata?.GetValueOrDefault(E2BMetadata.Lease) == spec.Lease)
            .OrderBy(sandbox => sandbox.StartedAt)
            .ThenBy(sandbox => sandbox.SandboxId, StringComparer.Ordinal)
            .Select(sandbox => sandbox.SandboxId)
            .ToList();
        if (ours.Count == 0)
        {
            return null;
        }

        LogAdopted(spec.Lease, ours[0]);
        if (ours.Count > 1)
        {
            LogSeveral(spec.Lease, ours.Count, ours[0]);
            await Task.WhenAll(ours.Skip(1).Select(spare => KillSpareAsync(spare, cancellationToken)));
        }

        return await _client.Control.ConnectAsync(ours[0], _client.Seconds(spec.Timeout), cancellationToken);
    }

    /// <summary>They would not end by themselves: when their time is over, they are paused.</summary>
    private async Task KillSpareAsync(string sandboxId, CancellationToken cancellationToken)
    {
        try
        {
            await _client.Control.DeleteAsync(sandboxId, cancellationToken);
        }
        catch (E2BHttpException exception)
        {
            LogNotKilled(sandboxId, exception.Message);
        }
    }

    private async Task<Connected> CreateOnceAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        var metadata = new Dictionary<string, string>
        {
            [E2BMetadata.Lease] = spec.Lease,
            [E2BMetadata.Session] = spec.SessionId,
            [E2BMetadata.Owner] = _owner,
        };
        var request = new E2BCreate(
            spec.Template, _client.Seconds(spec.Timeout), AutoPause: true, AutoPauseMemory: false, metadata)
        {
            CpuCount = spec.Limits?.VCpus,
            MemoryMiB = spec.Limits?.MemoryMiB,
            DiskMiB = spec.Limits?.DiskMiB,
        }.Reaching(spec.Reach, _publicGateway);
        return new Connected(await _client.Control.CreateAsync(request, cancellationToken), WasResumed: false);
    }
}
