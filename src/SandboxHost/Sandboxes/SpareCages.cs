using System.Collections.Concurrent;
using System.Security.Cryptography;
using Colloquy.SandboxHost.Isolation;

namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>
/// Keeps a few cages of the usual shape ready, so that creating a sandbox does not wait for one to be built. A spare has
/// no record: what a later server finds of it, it removes.
/// </summary>
internal sealed class SpareCages(int count, DataFolder data, CageFactory cages, ILogger log) : IAsyncDisposable
{
    private const string IdLetters = "abcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>How long one waits for its use, and how long it stays if no server comes back.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly ConcurrentQueue<Spare> _ready = new();
    private readonly SemaphoreSlim _one = new(1);
    private volatile bool _closed;

    /// <returns>A cage in a folder of its own, whose name is the new sandbox's id.</returns>
    /// <exception cref="InvalidOperationException">It cannot be made; the message says why.</exception>
    internal async Task<Spare> TakeAsync()
    {
        while (_ready.TryDequeue(out var spare))
        {
            if (spare.Cage.Init is null or { IsRunning: true }) return spare;
            await RemoveAsync(spare);
        }

        return await MakeAsync();
    }

    /// <summary>Makes those that are missing.</summary>
    internal async Task RefillAsync()
    {
        await _one.WaitAsync();
        try
        {
            while (!_closed && _ready.Count < count) _ready.Enqueue(await MakeAsync());
        }
#pragma warning disable CA1031 // whatever it is, the next create meets it and says so to its caller
        catch (Exception failure)
#pragma warning restore CA1031
        {
            log.NoSpare(failure);
        }
        finally
        {
            _one.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _closed = true;
        await _one.WaitAsync();
        while (_ready.TryDequeue(out var spare)) await RemoveAsync(spare);
        _one.Dispose();
    }

    private async Task<Spare> MakeAsync()
    {
        var folder = data.FolderOf("i" + RandomNumberGenerator.GetString(IdLetters, 20));
        try
        {
            return new Spare(folder, await cages.BuildAsync(folder, Lifetime));
        }
        catch
        {
            folder.Delete();
            throw;
        }
    }

    private static async Task RemoveAsync(Spare spare)
    {
        await CageFactory.TearDownAsync(spare.Cage);
        spare.Folder.Delete();
    }
}

internal sealed record Spare(SandboxFolder Folder, ICage Cage);
