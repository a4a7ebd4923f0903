using System.Threading.Channels;

namespace Colloquy.Silo.Storage.Sqlite;

/// <summary>
/// The only writer of the database: one thread that takes all writes that wait, runs them in one transaction and
/// answers after its commit. So a commit, the expensive part, is shared by everyone who came while the last one ran.
/// </summary>
internal sealed partial class GroupCommitWriter : IAsyncDisposable
{
    private const int QueueCapacity = 2048;
    private const int MaxGroupWrites = 512;
    private const long MaxGroupBytes = 8 * 1024 * 1024;

    // Bounded: when the disk is slower than the callers, they wait here instead of filling the memory.
    private readonly Channel<PendingWrite> _queue = Channel.CreateBounded<PendingWrite>(
        new BoundedChannelOptions(QueueCapacity) { SingleReader = true });

    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _file;
    private readonly Action<StoreConnection>? _beforeCommit;
    private readonly ILogger _logger;
    private StoreConnection? _connection;

    /// <param name="connection">Becomes the writer's own.</param>
    /// <param name="beforeCommit">For tests that make a commit fail.</param>
    public GroupCommitWriter(
        string file, StoreConnection connection, ILogger logger, Action<StoreConnection>? beforeCommit = null)
    {
        _file = file;
        _connection = connection;
        _logger = logger;
        _beforeCommit = beforeCommit;
        new Thread(Run) { IsBackground = true, Name = "store writer" }.Start();
    }

    /// <exception cref="StoreUnavailableException">The group's transaction failed: the outcome is unknown.</exception>
    /// <exception cref="ObjectDisposedException">The store is shutting down; nothing was written.</exception>
    public async Task<T> WriteAsync<T>(
        Func<StoreConnection, T> work, long bytes, CancellationToken cancellationToken)
    {
        var write = new PendingWrite<T>(work, bytes);
        try
        {
            await _queue.Writer.WriteAsync(write, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(GroupCommitWriter), "The store is shutting down.");
        }

        return await write.Completion.WaitAsync(cancellationToken);
    }

    /// <summary>Writes what is queued, then closes the database.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _stopped.Task;
    }

    private void Run()
    {
        var group = new List<PendingWrite>(MaxGroupWrites);
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            Take(group);
            Store(group);
            group.Clear();
        }

        Close();
        _stopped.SetResult();
    }

    private void Take(List<PendingWrite> group)
    {
        for (var bytes = 0L; bytes < MaxGroupBytes && group.Count < MaxGroupWrites;)
        {
            if (!_queue.Reader.TryRead(out var write))
            {
                return;
            }

            group.Add(write);
            bytes += write.Bytes;
        }
    }

    private void Store(List<PendingWrite> group)
    {
        try
        {
            _connection ??= StoreConnection.OpenForWriting(_file);
            if (!TryRunTogether(_connection, group))
            {
                RunApart(_connection, group);
            }

            _beforeCommit?.Invoke(_connection);
            _connection.Execute("COMMIT");
        }
        catch (Exception error)
        {
            LogGroupFailed(_logger, error, group.Count);
            // Closing rolls back whatever state the failure left; the next group starts on a fresh connection.
            Close();
            var unknown = SqliteErrors.NotConfirmed(_file, error);
            group.ForEach(write => write.Abandon(unknown));
            return;
        }

        group.ForEach(write => write.Complete());
    }

    // Savepoints cost about as much as the writes themselves, and hardly any group needs them. So a group first runs
    // without; if one of its writes fails, everything is rolled back and runs again, each in its own savepoint.
    private static bool TryRunTogether(StoreConnection connection, List<PendingWrite> group)
    {
        connection.Execute("BEGIN IMMEDIATE");
        try
        {
            group.ForEach(write => write.Run(connection));
            return true;
        }
        catch (Exception error) when (SqliteErrors.IsFaultOfOneWrite(error))
        {
            connection.Execute("ROLLBACK");
            return false;
        }
    }

    private void RunApart(StoreConnection connection, List<PendingWrite> group)
    {
        connection.Execute("BEGIN IMMEDIATE");
        connection.Isolating = true;
        foreach (var write in group)
        {
            try
            {
                connection.InSavepoint(() =>
                {
                    write.Run(connection);
                    return true;
                });
            }
            catch (Exception error) when (SqliteErrors.IsFaultOfOneWrite(error))
            {
                LogWriteRejected(_logger, error);
                write.Reject(error);
            }
        }

        connection.Isolating = false;
    }

    private void Close()
    {
        try
        {
            _connection?.Dispose();
        }
        catch (Exception error)
        {
            LogCloseFailed(_logger, error);
        }

        _connection = null;
    }
}
