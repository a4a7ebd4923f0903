using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Colloquy.SandboxHost.Limits;

namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>The sandboxes of this server, those of earlier ones among them.</summary>
internal sealed class SandboxRegistry : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Sandbox> _sandboxes = new(StringComparer.Ordinal);
    private readonly DataFolder _data;
    private readonly SpareCells _spares;
    private readonly SandboxServices _services;
    private readonly OnStop _onStop;
    private volatile bool _closing;

    internal SandboxRegistry(
        DataFolder data, SandboxHostOptions options, CellFactory cells, IReadOnlyList<CellShape> usual, TimeProvider time, ILogger log)
    {
        _data = data;
        _spares = new SpareCells(options.SpareSandboxes, data, cells, usual, log);
        _services = new SandboxServices(
            cells, SandboxLimits.Of(options), new RunSlots(options.MaxSandboxes), time, options.OrphanGrace, gone => _sandboxes.TryRemove(gone.Id, out _), log);
        // Without isolation nothing ends a sandbox's processes when its time is over but a server.
        _onStop = options is { IsolationMode: IsolationMode.None, OnStop: OnStop.Keep } ? OnStop.Pause : options.OnStop;
    }

    /// <summary>Running and paused ones.</summary>
    internal IEnumerable<Sandbox> All => _sandboxes.Values.Where(sandbox => sandbox.Exists);

    internal bool TryGet(string id, [NotNullWhen(true)] out Sandbox? sandbox) =>
        _sandboxes.TryGetValue(id, out sandbox) && sandbox.Exists;

    /// <summary>Takes over what an earlier server has left, before anything else is done here.</summary>
    internal async Task<AdoptionReport> AdoptAsync()
    {
        var report = await new Adoption(_data, _services).RunAsync(sandbox => _sandboxes[sandbox.Id] = sandbox);
        _ = _spares.RefillAsync();
        return report;
    }

    /// <exception cref="SandboxLimitException"/>
    /// <exception cref="InvalidOperationException">It cannot be made; the message says why.</exception>
    internal async Task<Sandbox> CreateAsync(SandboxRequest request)
    {
        _services.Slots.Take();
        try
        {
            var sandbox = await MakeAsync(request);
            _ = _spares.RefillAsync();
            // Made while the server closes, it would be missed by the sweep.
            if (_closing) await StopAsync(sandbox);
            return sandbox;
        }
        catch
        {
            _services.Slots.Return();
            throw;
        }
    }

    /// <returns>False if there is none of this id.</returns>
    internal async Task<bool> KillAsync(string id)
    {
        if (!_sandboxes.TryGetValue(id, out var sandbox)) return false;
        await sandbox.KillAsync();
        _sandboxes.TryRemove(KeyValuePair.Create(id, sandbox));
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        _closing = true;
        await Task.WhenAll(_sandboxes.Values.Select(TryStopAsync));
        await _spares.DisposeAsync();
    }

    private async Task<Sandbox> MakeAsync(SandboxRequest request)
    {
        var (folder, cell) = await _spares.TakeAsync(request.Shape);
        try
        {
            var sandbox = Sandbox.Create(folder, cell, _data.TokensOf(folder.SandboxId), request, _services);
            _sandboxes[sandbox.Id] = sandbox;
            return sandbox;
        }
        catch
        {
            await cell.DiscardAsync();
            folder.Delete();
            throw;
        }
    }

    private async Task TryStopAsync(Sandbox sandbox)
    {
        try
        {
            await StopAsync(sandbox);
        }
#pragma warning disable CA1031 // whatever it is, the server must stop all the same
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _services.Log.NotStopped(sandbox.Id, failure);
        }
    }

    private async Task StopAsync(Sandbox sandbox)
    {
        if (_onStop == OnStop.Kill) await KillAsync(sandbox.Id);
        else if (_onStop == OnStop.Keep) await sandbox.LeaveAsync();
        else await sandbox.PauseIfRunningAsync();
    }
}
