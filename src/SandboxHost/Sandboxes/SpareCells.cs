using System.Collections.Concurrent;
using System.Security.Cryptography;
using Colloquy.SandboxHost.Isolation;

namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>
/// Keeps a few cells of the usual shape ready, so that creating a sandbox does not wait for one to be built. A spare has
/// no record: what a later server finds of it, it removes.
/// </summary>
internal sealed class SpareCells(int count, DataFolder data, CellFactory cells, CellShape usual, ILogger log) : IAsyncDisposable
{
    private const string IdLetters = "abcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>How long one waits for its use, and how long it stays if no server comes back.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly ConcurrentQueue<Spare> _ready = new();
    private readonly SemaphoreSlim _one = new(1);
    private volatile bool _closed;

    /// <returns>A cell in a folder of its own, whose name is the new sandbox's id.</returns>
    /// <exception cref="InvalidOperationException">It cannot be made; the message says why.</exception>
    internal async Task<Spare> TakeAsync(CellShape shape)
    {
        while (shape == usual && _ready.TryDequeue(out var spare))
        {
            if (spare.Cell.Cage.Init is null or { IsRunning: true }) return spare;
            await RemoveAsync(spare);
        }

        return await MakeAsync(shape);
    }

    /// <summary>Makes those that are missing.</summary>
    internal async Task RefillAsync()
    {
        await _one.WaitAsync();
        try
        {
            while (!_closed && _ready.Count < count) _ready.Enqueue(await MakeAsync(usual));
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

    private async Task<Spare> MakeAsync(CellShape shape)
    {
        var folder = data.FolderOf("i" + RandomNumberGenerator.GetString(IdLetters, 20));
        try
        {
            return new Spare(folder, await cells.BuildAsync(folder, shape, Lifetime));
        }
        catch
        {
            folder.Delete();
            throw;
        }
    }

    private static async Task RemoveAsync(Spare spare)
    {
        await spare.Cell.DiscardAsync();
        spare.Folder.Delete();
    }
}

internal sealed record Spare(SandboxFolder Folder, Cell Cell);
