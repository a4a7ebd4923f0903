namespace Colloquy.Silo.Storage.Sqlite;

/// <summary>A write that waits for its group. It may run twice, so it must depend on the database alone.</summary>
internal abstract class PendingWrite(long bytes)
{
    /// <summary>About how much it writes, to bound a group.</summary>
    public long Bytes { get; } = bytes;

    public abstract void Run(StoreConnection connection);

    /// <summary>Remembers that this write alone failed. Its waiter hears of it with the group.</summary>
    public abstract void Reject(Exception error);

    /// <summary>The group is durable: answers the waiter.</summary>
    public abstract void Complete();

    /// <summary>The group failed: nobody knows what was stored.</summary>
    public abstract void Abandon(Exception error);
}

internal sealed class PendingWrite<T>(Func<StoreConnection, T> work, long bytes) : PendingWrite(bytes)
{
    // The writer thread must never run what its callers do next.
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;
    private Exception? _rejection;

    public Task<T> Completion => _completion.Task;

    public override void Run(StoreConnection connection) => _result = work(connection);

    public override void Reject(Exception error) => _rejection = error;

    public override void Complete()
    {
        if (_rejection is null)
        {
            _completion.TrySetResult(_result);
        }
        else
        {
            _completion.TrySetException(_rejection);
        }
    }

    public override void Abandon(Exception error) => _completion.TrySetException(error);
}
