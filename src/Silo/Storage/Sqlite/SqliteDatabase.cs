using Microsoft.Data.Sqlite;

namespace Colloquy.Silo.Storage.Sqlite;

/// <summary>The database file: one writer with group commit, many readers.</summary>
internal sealed class SqliteDatabase : IAsyncDisposable, IDisposable
{
    private readonly GroupCommitWriter _writer;
    private readonly ReaderPool _readers;

    private SqliteDatabase(GroupCommitWriter writer, ReaderPool readers)
    {
        _writer = writer;
        _readers = readers;
    }

    /// <summary>Opens the file, or creates it with its folder, and brings it to the newest schema.</summary>
    /// <param name="beforeCommit">For tests that make a commit fail.</param>
    /// <exception cref="StoreUnavailableException">It cannot be used, and why.</exception>
    public static SqliteDatabase Open(string file, ILogger logger, Action<StoreConnection>? beforeCommit = null)
    {
        file = Path.GetFullPath(file);
        var connection = OpenUpgraded(file, SqliteSchema.Steps);
        return new SqliteDatabase(
            new GroupCommitWriter(file, connection, logger, beforeCommit), new ReaderPool(file));
    }

    /// <inheritdoc cref="GroupCommitWriter.WriteAsync"/>
    public Task<T> WriteAsync<T>(Func<StoreConnection, T> work, long bytes, CancellationToken cancellationToken) =>
        _writer.WriteAsync(work, bytes, cancellationToken);

    /// <inheritdoc cref="ReaderPool.ReadAsync"/>
    public Task<T> ReadAsync<T>(Func<StoreConnection, T> query, CancellationToken cancellationToken) =>
        _readers.ReadAsync(query, cancellationToken);

    // Readers first: the last connection to close folds the WAL into the file, and readers may not.
    public async ValueTask DisposeAsync()
    {
        await _readers.DisposeAsync();
        await _writer.DisposeAsync();
    }

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <inheritdoc cref="Open" path="/exception"/>
    internal static StoreConnection OpenUpgraded(string file, IReadOnlyList<string> steps)
    {
        StoreConnection? connection = null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            connection = StoreConnection.OpenForWriting(file);
            SqliteSchema.Upgrade(connection, file, steps);
            return connection;
        }
        catch (Exception error) when (error is SqliteException or IOException or UnauthorizedAccessException)
        {
            connection?.Dispose();
            throw SqliteErrors.CannotOpen(file, error);
        }
        catch
        {
            connection?.Dispose();
            throw;
        }
    }
}
