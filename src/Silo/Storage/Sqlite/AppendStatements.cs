using Colloquy.Grains.Costs;
using Colloquy.Grains.Sessions;
using Colloquy.Grains.Uploads;
using Colloquy.Sessions;
using EventId = Colloquy.Sessions.EventId;

namespace Colloquy.Silo.Storage.Sqlite;

/// <summary>One session's change in SQL, inside the writer's transaction.</summary>
internal static class AppendStatements
{
    private const int SizeOfRow = 256;

    /// <summary>About how many bytes a change writes.</summary>
    public static long SizeOf(SessionAppend append) =>
        append.Row.State.Length + append.Events.Sum(e => (long)e.Data.Length) +
        (SizeOfRow * (1 + append.Events.Count + append.Ledger.Count + append.Uploads.Count));

    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">
    /// A key exists already. Part of the change is then written, and must be rolled back.
    /// </exception>
    public static AppendOutcome Append(StoreConnection connection, SessionAppend append)
    {
        // The compare-and-set comes first: a fenced change touches nothing.
        if (!ClaimRevision(connection, append))
        {
            return IsStored(connection, append) ? AppendOutcome.Repeated : AppendOutcome.Fenced;
        }

        foreach (var e in append.Events)
        {
            Insert(connection, append.Row.Id, e);
        }

        foreach (var entry in append.Ledger)
        {
            Insert(connection, entry);
        }

        foreach (var upload in append.Uploads)
        {
            Insert(connection, upload);
        }

        return AppendOutcome.Appended;
    }

    /// <summary>An event of the change that the journal holds already; null if there is none.</summary>
    public static EventId? FindStoredEvent(StoreConnection connection, SessionAppend append)
    {
        foreach (var e in append.Events)
        {
            if (FindSequence(connection, append.Row.Id, e.Id) is not null)
            {
                return e.Id;
            }
        }

        return null;
    }

    private static bool ClaimRevision(StoreConnection connection, SessionAppend append)
    {
        var row = append.Row;
        return 1 == (row.Revision == 1
            ? connection.Execute(
                """
                INSERT INTO sessions (id, revision, head, status, agent_id, unsettled, owner, created_at, updated_at, state)
                SELECT $id, 1, $head, $status, $agent, $unsettled, $owner, $created, $updated, $state WHERE $head = $count
                ON CONFLICT (id) DO NOTHING
                """,
                ("$id", row.Id.Value), ("$head", row.Head), ("$status", row.Status), ("$agent", row.AgentId),
                ("$unsettled", row.Unsettled), ("$owner", row.Owner),
                ("$created", UnixMicroseconds.From(row.CreatedAt)), ("$updated", UnixMicroseconds.From(row.UpdatedAt)),
                ("$state", row.State), ("$count", append.Events.Count))
            : connection.Execute(
                """
                UPDATE sessions SET revision = $revision, head = $head, status = $status, agent_id = $agent,
                  unsettled = $unsettled, owner = $owner, updated_at = $updated, state = $state
                WHERE id = $id AND revision = $revision - 1 AND head = $head - $count
                """,
                ("$id", row.Id.Value), ("$revision", row.Revision), ("$head", row.Head), ("$status", row.Status),
                ("$agent", row.AgentId), ("$unsettled", row.Unsettled), ("$owner", row.Owner),
                ("$updated", UnixMicroseconds.From(row.UpdatedAt)), ("$state", row.State),
                ("$count", append.Events.Count)));
    }

    // The owner must be the same too: event ids come from their source, so two activations of one session may derive
    // the very same events. Only the one that wrote them may go on.
    private static bool IsStored(StoreConnection connection, SessionAppend append) =>
        SessionQueries.Find(connection, append.Row.Id) is { } stored
        && stored.Revision == append.Row.Revision
        && stored.Head == append.Row.Head
        && stored.Owner == append.Row.Owner
        && (append.Events.Count > 0
            ? append.Events.All(e => FindSequence(connection, append.Row.Id, e.Id) == e.Sequence)
            : stored.State.AsSpan().SequenceEqual(append.Row.State));

    private static long? FindSequence(StoreConnection connection, SessionId session, EventId id)
    {
        using var reader = connection.Query(
            "SELECT sequence FROM session_events WHERE session = $session AND id = $id",
            ("$session", session.Value), ("$id", id.Value));
        return reader.Read() ? reader.GetInt64(0) : null;
    }

    private static void Insert(StoreConnection connection, SessionId session, SessionEvent e) => connection.Execute(
        """
        INSERT INTO session_events (session, sequence, id, type, turn, created_at, data)
        VALUES ($session, $sequence, $id, $type, $turn, $created, $data)
        """,
        ("$session", session.Value), ("$sequence", e.Sequence), ("$id", e.Id.Value), ("$type", e.Type),
        ("$turn", e.TurnId?.Value), ("$created", UnixMicroseconds.From(e.CreatedAt)), ("$data", e.Data));

    // The position is left to SQLite: see SqliteCostLedger.
    private static void Insert(StoreConnection connection, LedgerEntry entry) => connection.Execute(
        """
        INSERT INTO cost_ledger (session, sequence, tenant, day, at, turn, model, input_tokens, output_tokens,
          cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, sandbox_seconds, vcpus, memory_mib,
          nano_usd, price_version)
        VALUES ($session, $sequence, $tenant, $day, $at, $turn, $model, $input, $output, $write5m, $write1h, $read,
          $seconds, $vcpus, $memory, $nano, $price)
        """,
        ("$session", entry.Session.Value), ("$sequence", entry.Sequence), ("$tenant", entry.Tenant),
        ("$day", LedgerDay.Of(entry.At)), ("$at", UnixMicroseconds.From(entry.At)), ("$turn", entry.Turn?.Value),
        ("$model", entry.Model), ("$input", entry.Tokens.Input), ("$output", entry.Tokens.Output),
        ("$write5m", entry.Tokens.CacheWrite5m), ("$write1h", entry.Tokens.CacheWrite1h),
        ("$read", entry.Tokens.CacheRead), ("$seconds", entry.SandboxSeconds), ("$vcpus", entry.VCpus),
        ("$memory", entry.MemoryMiB), ("$nano", entry.NanoUsd), ("$price", entry.PriceVersion));

    private static void Insert(StoreConnection connection, UploadRow upload) => connection.Execute(
        """
        INSERT INTO uploads (session, turn, destination, from_sequence, to_sequence, next_at, created_at)
        VALUES ($session, $turn, $destination, $from, $to, $created, $created)
        """,
        ("$session", upload.Session.Value), ("$turn", upload.Turn.Value), ("$destination", upload.Destination),
        ("$from", upload.FromSequence), ("$to", upload.ToSequence),
        ("$created", UnixMicroseconds.From(upload.CreatedAt)));
}
