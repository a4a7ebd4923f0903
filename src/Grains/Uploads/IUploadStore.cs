using Colloquy.Sessions;
using Colloquy.Uploads;

namespace Colloquy.Grains.Uploads;

/// <summary>The durable upload rows. They are added by <see cref="Sessions.ISessionStore"/> in the turn's last transaction.</summary>
public interface IUploadStore
{
    /// <summary>Pending rows whose time has come, oldest first.</summary>
    Task<IReadOnlyList<PendingUpload>> ListDueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken);

    /// <summary>When the next pending row is due; null if none is pending.</summary>
    Task<DateTimeOffset?> NextDueAsync(CancellationToken cancellationToken);

    /// <summary>Each of the three leaves a row that is no longer pending as it is, so they may be repeated.</summary>
    Task AcknowledgeAsync(UploadKey key, DateTimeOffset now, CancellationToken cancellationToken);

    Task RetryAsync(UploadKey key, int attempts, DateTimeOffset nextAt, string reason, CancellationToken cancellationToken);

    Task BuryAsync(UploadKey key, int attempts, DateTimeOffset now, string reason, CancellationToken cancellationToken);

    Task<UploadStatus> GetStatusAsync(CancellationToken cancellationToken);
}

public sealed record UploadKey(SessionId Session, TurnId Turn, string Destination);

/// <summary>The promise to upload one turn: its span of the journal and where it goes.</summary>
public sealed record UploadRow(
    SessionId Session, TurnId Turn, long FromSequence, long ToSequence, string Destination, DateTimeOffset CreatedAt)
{
    public UploadKey Key => new(Session, Turn, Destination);
}

public sealed record PendingUpload(UploadRow Row, int Attempts);
