using Colloquy.Grains.Costs;
using Colloquy.Grains.Uploads;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>
/// The journal and the session rows: the truth about sessions. Every write is one transaction over the row, its
/// events, their ledger entries and upload rows, and is fenced by the row's revision.
/// </summary>
public interface ISessionStore
{
    /// <summary>
    /// Writes many sessions' changes in one transaction and answers for each by itself: one that is fenced costs the
    /// others nothing. Answers are in the order of <paramref name="batch"/>. When the task completes, what was
    /// appended is durable. When it throws, the outcome is unknown: read again before going on.
    /// </summary>
    Task<IReadOnlyList<AppendOutcome>> AppendAsync(
        IReadOnlyList<SessionAppend> batch, CancellationToken cancellationToken);

    Task<SessionRow?> FindAsync(SessionId session, CancellationToken cancellationToken);

    /// <summary>A page of the journal with <see cref="SessionEvent.ProcessedAt"/> filled in.</summary>
    Task<EventPage> ReadAsync(SessionId session, EventQuery query, CancellationToken cancellationToken);

    Task<SessionEvent?> FindEventAsync(SessionId session, EventId id, CancellationToken cancellationToken);

    /// <summary>
    /// Rows newest first. <see cref="SessionQuery.Cursor"/> is the <see cref="SessionRowPage.Next"/> of the page
    /// before.
    /// </summary>
    /// <exception cref="InvalidInputException">The cursor is not one of ours.</exception>
    Task<SessionRowPage> ListAsync(SessionQuery query, CancellationToken cancellationToken);

    /// <summary>
    /// Sessions with a running turn or queued messages whose owner is not one of <paramref name="liveOwners"/>.
    /// </summary>
    Task<IReadOnlyList<SessionId>> ListUnsettledAsync(
        IReadOnlyCollection<string> liveOwners, int limit, CancellationToken cancellationToken);
}

/// <summary>A session row as stores see it: the columns they search by, and the state as the grain wrote it.</summary>
/// <param name="Revision">Counts the writes of this row from 1. Each write names the one it builds on.</param>
/// <param name="Head">The last sequence of the journal; 0 if it is empty.</param>
/// <param name="Unsettled">A turn is running or messages are queued.</param>
/// <param name="Owner">The silo whose activation wrote last.</param>
/// <param name="State">UTF-8 JSON, see <see cref="SessionState"/>.</param>
public sealed record SessionRow(
    SessionId Id,
    long Revision,
    long Head,
    string Status,
    string AgentId,
    bool Unsettled,
    string Owner,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    byte[] State);

public sealed record SessionRowPage(IReadOnlyList<SessionRow> Rows, string? Next);

/// <summary>One session's change: the new row and what belongs to the same transaction.</summary>
/// <param name="Row">
/// The row after the change: its revision is one more than the stored one (1 creates it), its head the stored head
/// plus the number of events.
/// </param>
/// <param name="Events">New events, sequences ascending without a gap, up to the row's head.</param>
public sealed record SessionAppend(
    SessionRow Row,
    IReadOnlyList<SessionEvent> Events,
    IReadOnlyList<LedgerEntry> Ledger,
    IReadOnlyList<UploadRow> Uploads);

public enum AppendOutcome
{
    /// <summary>Stored, durably.</summary>
    Appended,

    /// <summary>
    /// Exactly this change (revision, head, owner and event ids) is stored already: a repetition. Nothing was written.
    /// The owner belongs to it: two activations may derive the same events, and only one of them may go on.
    /// </summary>
    Repeated,

    /// <summary>Another writer came first. Nothing was written; drop what is in memory and read again.</summary>
    Fenced,
}
