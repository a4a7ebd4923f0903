using Colloquy.Grains.Uploads;
using Colloquy.Uploads;

namespace Colloquy.Grains.Tests.Uploads;

internal enum RowState
{
    Pending,
    Acknowledged,
    Dead,
}

internal sealed record StoredRow(UploadRow Row, int Attempts, DateTimeOffset NextAt, RowState State, string? Reason);

/// <summary>Upload rows in memory that outlive the grain, as a database does. Tests wait for their changes.</summary>
internal sealed class MemoryUploadStore : IUploadStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<UploadKey, StoredRow> _rows = [];
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>Thrown instead of acknowledging while it is set: the crash between sending and writing it down.</summary>
    public Exception? AcknowledgeFailure { get; set; }

    public Task Changed
    {
        get
        {
            lock (_lock)
            {
                return _changed.Task;
            }
        }
    }

    public StoredRow this[UploadKey key]
    {
        get
        {
            lock (_lock)
            {
                return _rows[key];
            }
        }
    }

    public IReadOnlyList<StoredRow> Rows
    {
        get
        {
            lock (_lock)
            {
                return [.. _rows.Values];
            }
        }
    }

    public void Add(UploadRow row) => Put(new StoredRow(row, 0, row.CreatedAt, RowState.Pending, null));

    public Task<IReadOnlyList<PendingUpload>> ListDueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<PendingUpload>>(
        [
            .. Rows.Where(row => row.State == RowState.Pending && row.NextAt <= now).OrderBy(row => row.NextAt).Take(limit)
                .Select(row => new PendingUpload(row.Row, row.Attempts)),
        ]);

    public Task<DateTimeOffset?> NextDueAsync(CancellationToken cancellationToken) =>
        Task.FromResult(Rows.Where(row => row.State == RowState.Pending).Min(row => (DateTimeOffset?)row.NextAt));

    public Task AcknowledgeAsync(UploadKey key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (AcknowledgeFailure is { } failure)
        {
            Signal();
            throw failure;
        }

        return ChangeAsync(key, row => row with { State = RowState.Acknowledged });
    }

    public Task RetryAsync(
        UploadKey key, int attempts, DateTimeOffset nextAt, string reason, CancellationToken cancellationToken) =>
        ChangeAsync(key, row => row with { Attempts = attempts, NextAt = nextAt, Reason = reason });

    public Task BuryAsync(
        UploadKey key, int attempts, DateTimeOffset now, string reason, CancellationToken cancellationToken) =>
        ChangeAsync(key, row => row with { Attempts = attempts, State = RowState.Dead, Reason = reason });

    public Task<UploadStatus> GetStatusAsync(CancellationToken cancellationToken)
    {
        var rows = Rows;
        return Task.FromResult(new UploadStatus(
            rows.Count(row => row.State == RowState.Pending),
            rows.Count(row => row.State == RowState.Acknowledged),
            rows.Count(row => row.State == RowState.Dead),
            rows.Where(row => row.State == RowState.Pending).Min(row => (DateTimeOffset?)row.Row.CreatedAt)));
    }

    private Task ChangeAsync(UploadKey key, Func<StoredRow, StoredRow> change)
    {
        var row = this[key];
        if (row.State == RowState.Pending)
        {
            Put(change(row));
        }

        return Task.CompletedTask;
    }

    private void Put(StoredRow row)
    {
        lock (_lock)
        {
            _rows[row.Row.Key] = row;
        }

        Signal();
    }

    private void Signal()
    {
        lock (_lock)
        {
            _changed.SetResult();
            _changed = NewSignal();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
