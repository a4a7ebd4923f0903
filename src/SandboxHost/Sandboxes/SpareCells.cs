using System.Collections.Concurrent;
using System.Security.Cryptography;
using Colloquy.SandboxHost.Isolation;

namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>
/// Keeps a few cells of each of the shapes that were asked for last, so that creating a sandbox does not wait for one to
/// be built. A spare has no record: what a later server finds of it, it removes.
/// </summary>
/// <param name="count">Of each shape.</param>
/// <param name="usual">What is likely to be asked for first.</param>
internal sealed class SpareCells(
    int count, DataFolder data, CellFactory cells, IReadOnlyList<CellShape> usual, ILogger log) : IAsyncDisposable
{
    private const string IdLetters = "abcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>Most servers have sessions of one or two agents.</summary>
    private const int MostShapes = 2;

    /// <summary>How long one waits for its use, and how long it stays if no server comes back.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<CellShape, ConcurrentQueue<Spare>> _ready = new();
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Replaced, never changed. The last to be asked for comes first.</summary>
    private volatile IReadOnlyList<CellShape> _shapes = usual;
    private volatile bool _closed;

    /// <returns>A cell in a folder of its own, whose name is the new sandbox's id.</returns>
    /// <exception cref="InvalidOperationException">It cannot be made; the message says why.</exception>
    internal async Task<Spare> TakeAsync(CellShape shape)
    {
        while (_ready.TryGetValue(shape, out var ready) && ready.TryDequeue(out var spare))
        {
            if (spare.Cell.Cage.Init is null or { IsRunning: true }) return Taken(spare, shape);
            await RemoveAsync(spare);
        }

        return Taken(await MakeAsync(shape), shape);
    }

    /// <summary>Makes those that are missing, and removes those of shapes that nobody asks for any more.</summary>
    internal async Task RefillAsync()
    {
        await _one.WaitAsync();
        try
        {
            foreach (var old in _ready.Keys.Except(_shapes)) await RemoveAllAsync(old);
            while (!_closed && _shapes.FirstOrDefault(shape => ReadyOf(shape).Count < count) is { } shape)
                ReadyOf(shape).Enqueue(await MakeAsync(shape));
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
        foreach (var shape in _ready.Keys) await RemoveAllAsync(shape);
        _one.Dispose();
    }

    // Only what could be made is worth having ready. Two that come at once may forget one of them, until it comes again.
    private Spare Taken(Spare spare, CellShape shape)
    {
        if (_shapes is not [var last, ..] || last != shape)
            _shapes = [.. _shapes.Where(other => other != shape).Prepend(shape).Take(MostShapes)];
        return spare;
    }

    private ConcurrentQueue<Spare> ReadyOf(CellShape shape) => _ready.GetOrAdd(shape, _ => new ConcurrentQueue<Spare>());

    private async Task RemoveAllAsync(CellShape shape)
    {
        if (!_ready.TryRemove(shape, out var ready)) return;
        while (ready.TryDequeue(out var spare)) await RemoveAsync(spare);
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
