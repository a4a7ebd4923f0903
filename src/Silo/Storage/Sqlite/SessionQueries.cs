using System.Text.Json;
using Colloquy.Grains.Sessions;
using Colloquy.Sessions;
using Microsoft.Data.Sqlite;

namespace Colloquy.Silo.Storage.Sqlite;

/// <summary>Reads session rows.</summary>
internal static class SessionQueries
{
    private const string Columns =
        "id, revision, head, status, agent_id, unsettled, owner, created_at, updated_at, state";

    public static SessionRow? Find(StoreConnection connection, SessionId id)
    {
        using var reader = connection.Query($"SELECT {Columns} FROM sessions WHERE id = $id", ("$id", id.Value));
        return reader.Read() ? Row(reader) : null;
    }

    public static SessionRowPage List(StoreConnection connection, SessionQuery query, SessionCursor cursor)
    {
        using var reader = connection.Query(
            $"""
            SELECT {Columns} FROM sessions
            WHERE (created_at, id) < ($created, $id)
              AND ($statuses IS NULL OR status IN (SELECT value FROM json_each($statuses)))
              AND ($agent IS NULL OR agent_id = $agent)
            ORDER BY created_at DESC, id DESC LIMIT $limit
            """,
            ("$created", cursor.CreatedAt), ("$id", cursor.Id.Value), ("$statuses", JsonList(query.Statuses)),
            ("$agent", query.AgentId), ("$limit", query.Limit + 1));
        var rows = new List<SessionRow>(query.Limit);
        while (rows.Count < query.Limit && reader.Read())
        {
            rows.Add(Row(reader));
        }

        var hasMore = rows.Count == query.Limit && reader.Read();
        return new SessionRowPage(rows, hasMore ? CursorAfter(rows[^1]) : null);
    }

    public static IReadOnlyList<SessionId> ListUnsettled(
        StoreConnection connection, IReadOnlyCollection<string> liveOwners, int limit)
    {
        // Those that wait longest come first, so that a limit leaves nobody behind for ever.
        using var reader = connection.Query(
            """
            SELECT id FROM sessions
            WHERE unsettled = 1 AND owner NOT IN (SELECT value FROM json_each($owners))
            ORDER BY updated_at, id LIMIT $limit
            """,
            ("$owners", JsonList(liveOwners)), ("$limit", limit));
        var ids = new List<SessionId>();
        while (reader.Read())
        {
            ids.Add(new SessionId(reader.GetString(0)));
        }

        return ids;
    }

    /// <summary>A list as one parameter: the SQL text, and so its prepared command, stays the same for any length.</summary>
    internal static string? JsonList(IEnumerable<string>? values) =>
        values is null ? null : JsonSerializer.Serialize(values);

    private static string CursorAfter(SessionRow row) =>
        new SessionCursor(UnixMicroseconds.From(row.CreatedAt), row.Id).ToString();

    private static SessionRow Row(SqliteDataReader reader) => new(
        new SessionId(reader.GetString(0)),
        Revision: reader.GetInt64(1),
        Head: reader.GetInt64(2),
        Status: reader.GetString(3),
        AgentId: reader.GetString(4),
        Unsettled: reader.GetBoolean(5),
        Owner: reader.GetString(6),
        CreatedAt: UnixMicroseconds.ToTime(reader.GetInt64(7)),
        UpdatedAt: UnixMicroseconds.ToTime(reader.GetInt64(8)),
        State: reader.GetFieldValue<byte[]>(9));
}
