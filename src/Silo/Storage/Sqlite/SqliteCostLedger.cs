using System.Globalization;
using Colloquy.Costs;
using Colloquy.Grains.Costs;
using Colloquy.Sessions;
using Microsoft.Data.Sqlite;

namespace Colloquy.Silo.Storage.Sqlite;

/// <summary>
/// The cost ledger in SQLite. A cursor is the last position that was summed. That is sound because positions are
/// visible in their order: SQLite gives a position inside the transaction that writes it, only one transaction writes
/// at a time, and AUTOINCREMENT never gives one twice. A reader thus sees all positions up to the largest, and no
/// smaller one can appear later.
/// PostgreSQL does not promise this: sequences are drawn before the commit and transactions overlap, so position 8
/// may become visible before 7, and a cursor at 8 would skip 7 for ever. An adapter for it must read only up to what
/// every open transaction lies beyond (keep <c>pg_current_xact_id()</c> in each entry, read those below
/// <c>pg_snapshot_xmin(pg_current_snapshot())</c>), or let appends take their positions one at a time.
/// </summary>
internal sealed class SqliteCostLedger(SqliteDatabase database) : ICostLedger
{
    /// <exception cref="ArgumentException">The cursor is not from an earlier slice.</exception>
    public Task<LedgerSlice> ReadAsync(CostKey key, string? cursor, CancellationToken cancellationToken)
    {
        var after = 0L;
        if (cursor is not null &&
            !long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out after))
        {
            throw new ArgumentException($"'{cursor}' is not a cursor of the ledger.", nameof(cursor));
        }

        return database.ReadAsync(connection => Read(connection, key, after, cursor), cancellationToken);
    }

    // One statement, hence one snapshot: the sums and the largest position belong together.
    private static LedgerSlice Read(StoreConnection connection, CostKey key, long after, string? cursor)
    {
        using var reader = connection.Query(
            """
            SELECT session, model, MAX(position), COUNT(*), COUNT(nano_usd), COALESCE(SUM(nano_usd), 0),
              SUM(input_tokens), SUM(output_tokens), SUM(cache_write_5m_tokens), SUM(cache_write_1h_tokens),
              SUM(cache_read_tokens), SUM(sandbox_seconds), SUM(sandbox_seconds * vcpus),
              SUM(sandbox_seconds * memory_mib) / 1024.0
            FROM cost_ledger WHERE tenant = $tenant AND day = $day AND position > $after
            GROUP BY session, model
            """,
            ("$tenant", key.Tenant), ("$day", LedgerDay.Of(key.Day)), ("$after", after));
        var groups = new List<LedgerGroup>();
        var last = after;
        while (reader.Read())
        {
            groups.Add(Group(reader));
            last = Math.Max(last, reader.GetInt64(2));
        }

        return new LedgerSlice(groups, groups.Count == 0 ? cursor : last.ToString(CultureInfo.InvariantCulture));
    }

    private static LedgerGroup Group(SqliteDataReader reader)
    {
        var model = reader.IsDBNull(1) ? null : reader.GetString(1);
        var entries = reader.GetInt64(3);
        var unpriced = entries - reader.GetInt64(4);
        var nanoUsd = reader.GetInt64(5);
        var tokens = new TokenUsage(
            reader.GetInt64(6), reader.GetInt64(7), reader.GetInt64(8), reader.GetInt64(9), reader.GetInt64(10));
        var isSandbox = model is null;
        var totals = new CostTotals(
            tokens,
            ModelCalls: isSandbox ? 0 : entries,
            UnpricedCalls: isSandbox ? 0 : unpriced,
            ModelNanoUsd: isSandbox ? 0 : nanoUsd,
            SandboxSeconds: reader.GetDouble(11),
            VCpuSeconds: reader.GetDouble(12),
            GibSeconds: reader.GetDouble(13),
            SandboxNanoUsd: isSandbox ? nanoUsd : 0,
            UnpricedSandboxSlices: isSandbox ? unpriced : 0);
        return new LedgerGroup(new SessionId(reader.GetString(0)), model, totals);
    }
}
