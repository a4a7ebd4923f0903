using Colloquy.Grains.Uploads;
using Colloquy.Sessions;
using Colloquy.Uploads;

namespace Colloquy.Silo.Storage.Sqlite;

/// <summary>The upload rows in SQLite.</summary>
internal sealed class SqliteUploadStore(SqliteDatabase database) : IUploadStore
{
    private const int SizeOfRow = 256;
    private const string IfPending =
        "WHERE session = $session AND turn = $turn AND destination = $destination AND status = 'pending'";

    public Task<IReadOnlyList<PendingUpload>> ListDueAsync(
        DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<PendingUpload>>(
            connection => ListDue(connection, now, limit), cancellationToken);

    public Task<DateTimeOffset?> NextDueAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(
            connection => Time(connection, "SELECT MIN(next_at) FROM uploads WHERE status = 'pending'"),
            cancellationToken);

    public Task AcknowledgeAsync(UploadKey key, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                $"UPDATE uploads SET status = 'acknowledged', settled_at = $now, reason = NULL {IfPending}",
                ("$session", key.Session.Value), ("$turn", key.Turn.Value), ("$destination", key.Destination),
                ("$now", UnixMicroseconds.From(now))),
            SizeOfRow, cancellationToken);

    public Task RetryAsync(
        UploadKey key, int attempts, DateTimeOffset nextAt, string reason, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                $"UPDATE uploads SET attempts = $attempts, next_at = $next, reason = $reason {IfPending}",
                ("$session", key.Session.Value), ("$turn", key.Turn.Value), ("$destination", key.Destination),
                ("$attempts", attempts), ("$next", UnixMicroseconds.From(nextAt)), ("$reason", reason)),
            SizeOfRow, cancellationToken);

    public Task BuryAsync(
        UploadKey key, int attempts, DateTimeOffset now, string reason, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                $"""
                UPDATE uploads SET status = 'dead', attempts = $attempts, settled_at = $now, reason = $reason
                {IfPending}
                """,
                ("$session", key.Session.Value), ("$turn", key.Turn.Value), ("$destination", key.Destination),
                ("$attempts", attempts), ("$now", UnixMicroseconds.From(now)), ("$reason", reason)),
            SizeOfRow, cancellationToken);

    public Task<UploadStatus> GetStatusAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(GetStatus, cancellationToken);

    private static List<PendingUpload> ListDue(StoreConnection connection, DateTimeOffset now, int limit)
    {
        using var reader = connection.Query(
            """
            SELECT session, turn, from_sequence, to_sequence, destination, created_at, attempts
            FROM uploads INDEXED BY uploads_oldest
            WHERE status = 'pending' AND next_at <= $now ORDER BY created_at LIMIT $limit
            """,
            ("$now", UnixMicroseconds.From(now)), ("$limit", limit));
        var due = new List<PendingUpload>();
        while (reader.Read())
        {
            var row = new UploadRow(
                new SessionId(reader.GetString(0)), new TurnId(reader.GetString(1)), reader.GetInt64(2),
                reader.GetInt64(3), reader.GetString(4), UnixMicroseconds.ToTime(reader.GetInt64(5)));
            due.Add(new PendingUpload(row, reader.GetInt32(6)));
        }

        return due;
    }

    private static UploadStatus GetStatus(StoreConnection connection)
    {
        // One statement: the three counts come from the same moment.
        using var reader = connection.Query(
            """
            SELECT (SELECT COUNT(*) FROM uploads WHERE status = 'pending'),
              (SELECT COUNT(*) FROM uploads WHERE status = 'dead'),
              (SELECT COUNT(*) FROM uploads),
              (SELECT MIN(created_at) FROM uploads WHERE status = 'pending')
            """);
        reader.Read();
        var (pending, dead) = (reader.GetInt64(0), reader.GetInt64(1));
        DateTimeOffset? oldest = reader.IsDBNull(3) ? null : UnixMicroseconds.ToTime(reader.GetInt64(3));
        return new UploadStatus(pending, Acknowledged: reader.GetInt64(2) - pending - dead, dead, oldest);
    }

    private static DateTimeOffset? Time(StoreConnection connection, string sql)
    {
        using var reader = connection.Query(sql);
        return reader.Read() && !reader.IsDBNull(0) ? UnixMicroseconds.ToTime(reader.GetInt64(0)) : null;
    }
}
