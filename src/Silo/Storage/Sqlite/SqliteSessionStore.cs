using Colloquy.Grains.Sessions;
using Colloquy.Sessions;
using Microsoft.Data.Sqlite;
using EventId = Colloquy.Sessions.EventId;

namespace Colloquy.Silo.Storage.Sqlite;

/// <summary>The journal and the session rows in SQLite.</summary>
internal sealed partial class SqliteSessionStore(SqliteDatabase database, ILogger<SqliteSessionStore> logger)
    : ISessionStore
{
    /// <exception cref="ArgumentException">A change of the batch contradicts itself; nothing was written.</exception>
    public async Task<IReadOnlyList<AppendOutcome>> AppendAsync(
        IReadOnlyList<SessionAppend> batch, CancellationToken cancellationToken)
    {
        AppendRules.Check(batch);
        return await database.WriteAsync(
            connection => batch.Select(append => AppendOne(connection, append)).ToArray(),
            batch.Sum(AppendStatements.SizeOf),
            cancellationToken);
    }

    public Task<SessionRow?> FindAsync(SessionId session, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => SessionQueries.Find(connection, session), cancellationToken);

    public Task<EventPage> ReadAsync(SessionId session, EventQuery query, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => EventQueries.Read(connection, session, query), cancellationToken);

    public Task<SessionEvent?> FindEventAsync(SessionId session, EventId id, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => EventQueries.Find(connection, session, id), cancellationToken);

    public async Task<SessionRowPage> ListAsync(SessionQuery query, CancellationToken cancellationToken)
    {
        var cursor = SessionCursor.Parse(query.Cursor);
        return await database.ReadAsync(
            connection => SessionQueries.List(connection, query, cursor), cancellationToken);
    }

    public Task<IReadOnlyList<SessionId>> ListUnsettledAsync(
        IReadOnlyCollection<string> liveOwners, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync(
            connection => SessionQueries.ListUnsettled(connection, liveOwners, limit), cancellationToken);

    private AppendOutcome AppendOne(StoreConnection connection, SessionAppend append)
    {
        if (!connection.Isolating)
        {
            return AppendStatements.Append(connection, append);
        }

        try
        {
            return connection.InSavepoint(() => AppendStatements.Append(connection, append));
        }
        catch (SqliteException error) when (SqliteErrors.IsUniqueViolation(error))
        {
            // An event of this change is in the journal already, under another sequence: what the caller has in
            // memory is not what is stored. That is what Fenced says, and the rest of the batch is none of its fault.
            if (AppendStatements.FindStoredEvent(connection, append) is not { } known)
            {
                throw;
            }

            LogKnownEvent(logger, append.Row.Id.Value, known.Value, append.Row.Revision);
            return AppendOutcome.Fenced;
        }
    }
}
