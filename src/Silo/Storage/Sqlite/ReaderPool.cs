using System.Collections.Concurrent;

namespace Colloquy.Silo.Storage.Sqlite;

/// <summary>
/// Read-only connections. In WAL mode each read sees the last commit and neither waits for the writer nor delays it.
/// SQLite blocks its thread, so reads run on the thread pool and never on a grain's scheduler.
/// </summary>
internal sealed class ReaderPool(string file) : IAsyncDisposable
{
    private static readonly int Size = Math.Clamp(2 * Environment.ProcessorCount, 4, 16);

    private readonly SemaphoreSlim _slots = new(Size);
    private readonly ConcurrentBag<StoreConnection> _idle = [];
    private volatile bool _closed;

    /// <exception cref="ObjectDisposedException">The store is shutting down.</exception>
    public async Task<T> ReadAsync<T>(Func<StoreConnection, T> query, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            return await Task.Run(() => Run(query), cancellationToken);
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>Waits for the reads that run, then closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        _closed = true;
        for (var i = 0; i < Size; i++)
        {
            await _slots.WaitAsync();
        }

        while (_idle.TryTake(out var connection))
        {
            connection.Dispose();
        }

        _slots.Release(Size);
    }

    private T Run<T>(Func<StoreConnection, T> query)
    {
        var connection = _idle.TryTake(out var idle) ? idle : StoreConnection.OpenForReading(file);
        try
        {
            var result = query(connection);
            _idle.Add(connection);
            return result;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
