using Colloquy.Sessions;
using Microsoft.Data.Sqlite;
using EventId = Colloquy.Sessions.EventId;

namespace Colloquy.Silo.Storage.Sqlite;

/// <summary>Reads the journal.</summary>
internal static class EventQueries
{
    // A message counts as processed from the moment its turn began; every other event as soon as it is there.
    private const string Select = $"""
        SELECT e.sequence, e.id, e.type, e.turn, e.created_at,
          CASE e.type WHEN '{EventTypes.UserMessage}' THEN (
            SELECT MIN(start.created_at) FROM session_events AS start
            WHERE start.session = e.session AND start.turn = e.turn AND start.type = '{EventTypes.StatusRunning}')
          ELSE e.created_at END,
          e.data
        FROM session_events AS e
        """;

    private const string OfTypes = "($types IS NULL OR e.type IN (SELECT value FROM json_each($types)))";

    private const string Ascending = $"""
        {Select} WHERE e.session = $session AND e.sequence > $after AND {OfTypes} ORDER BY e.sequence LIMIT $limit
        """;

    private const string Descending = $"""
        {Select} WHERE e.session = $session AND e.sequence < $after AND {OfTypes} ORDER BY e.sequence DESC LIMIT $limit
        """;

    public static SessionEvent? Find(StoreConnection connection, SessionId session, EventId id)
    {
        using var reader = connection.Query(
            $"{Select} WHERE e.session = $session AND e.id = $id", ("$session", session.Value), ("$id", id.Value));
        return reader.Read() ? Event(reader) : null;
    }

    public static EventPage Read(StoreConnection connection, SessionId session, EventQuery query)
    {
        using var reader = connection.Query(
            query.Descending ? Descending : Ascending,
            ("$session", session.Value), ("$after", query.After ?? (query.Descending ? long.MaxValue : 0)),
            ("$types", SessionQueries.JsonList(query.Types)), ("$limit", query.Limit + 1));
        var events = new List<SessionEvent>();
        var bytes = 0L;
        while (events.Count < query.Limit && bytes < EventQuery.MaxPageBytes && reader.Read())
        {
            events.Add(Event(reader));
            bytes += events[^1].Data.Length;
        }

        var isCut = events.Count == query.Limit || bytes >= EventQuery.MaxPageBytes;
        var hasMore = isCut && reader.Read();
        return new EventPage(events, hasMore ? events[^1].Sequence : null);
    }

    private static SessionEvent Event(SqliteDataReader reader) => new(
        Sequence: reader.GetInt64(0),
        Id: new EventId(reader.GetString(1)),
        Type: reader.GetString(2),
        TurnId: reader.IsDBNull(3) ? null : new TurnId(reader.GetString(3)),
        CreatedAt: UnixMicroseconds.ToTime(reader.GetInt64(4)),
        ProcessedAt: reader.IsDBNull(5) ? null : UnixMicroseconds.ToTime(reader.GetInt64(5)),
        Data: reader.GetFieldValue<byte[]>(6));
}
