using System.Diagnostics;
using System.Text;
using Colloquy.Grains.Sessions;
using Colloquy.Sessions;
using Colloquy.Silo.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Colloquy.Benchmarks;

/// <summary>
/// Appends per second through the store against bare inserts of the same rows: one thread, prepared commands, one
/// transaction for as many appends as there are callers. An append is one event of 1 KB and a session row of 1 KB.
/// </summary>
public static class JournalAppends
{
    // The two alternate, so that whatever else the machine does meets both.
    private const int Rounds = 5;

    private static readonly byte[] Data = Encoding.UTF8.GetBytes($$"""{"text":"{{new string('x', 1000)}}"}""");
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch.AddYears(56);

    /// <summary>Measures 1, 16 and 64 callers and writes a table.</summary>
    /// <param name="duration">Of each of the thirty measurements.</param>
    public static async Task RunAsync(TextWriter output, TimeSpan duration, CancellationToken cancellationToken)
    {
        await output.WriteLineAsync("callers   store appends/s   bare inserts/s   ratio");
        foreach (var callers in new[] { 1, 16, 64 })
        {
            var (store, bare) = (0.0, 0.0);
            for (var round = 0; round < Rounds; round++)
            {
                store += await InNewFolderAsync(file => ThroughStoreAsync(file, callers, duration, cancellationToken));
                bare += await InNewFolderAsync(file => Task.FromResult(Bare(file, callers, duration)));
            }

            (store, bare) = (store / Rounds, bare / Rounds);
            await output.WriteLineAsync($"{callers,7} {store,17:n0} {bare,16:n0} {store / bare,7:n2}");
        }
    }

    private static async Task<double> ThroughStoreAsync(
        string file, int callers, TimeSpan duration, CancellationToken cancellationToken)
    {
        await using var services = Services(file);
        var store = services.GetRequiredService<ISessionStore>();
        var count = 0L;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(CallAsync, cancellationToken)));
        return count / clock.Elapsed.TotalSeconds;

        async Task CallAsync()
        {
            var session = SessionId.New();
            for (var revision = 1L; clock.Elapsed < duration; revision++)
            {
                await store.AppendAsync([Append(session, revision)], cancellationToken);
                Interlocked.Increment(ref count);
            }
        }
    }

    internal static double Bare(string file, int callers, TimeSpan duration)
    {
        // The store makes the tables, so that both sides fill the same indexes.
        using (var services = Services(file))
        {
            services.GetRequiredService<ISessionStore>();
        }

        using var inserts = new BareInserts(file);
        var sessions = Enumerable.Range(0, callers).Select(_ => SessionId.New()).ToList();
        var count = 0L;
        var clock = Stopwatch.StartNew();
        for (var revision = 1L; clock.Elapsed < duration; revision++)
        {
            inserts.Write([.. sessions.Select(session => Append(session, revision))]);
            count += callers;
        }

        return count / clock.Elapsed.TotalSeconds;
    }

    private static SessionAppend Append(SessionId session, long revision) => new(
        new SessionRow(session, revision, revision, SessionStatus.Idle, "agent_offline", true, "silo", At, At, Data),
        [
            new SessionEvent(
                revision, EventId.From(session, $"event:{revision}"), EventTypes.AgentMessage, null, At, null, Data),
        ],
        [],
        []);

    private static ServiceProvider Services(string file) =>
        new ServiceCollection().AddLogging().AddSqliteStore(file).BuildServiceProvider();

    internal static async Task<double> InNewFolderAsync(Func<string, Task<double>> measure)
    {
        var folder = Directory.CreateTempSubdirectory("colloquy-bench-");
        try
        {
            return await measure(Path.Combine(folder.FullName, "store.db"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private sealed class BareInserts : IDisposable
    {
        private readonly SqliteConnection _connection;
        private readonly SqliteCommand _begin;
        private readonly SqliteCommand _commit;
        private readonly SqliteCommand _session;
        private readonly SqliteCommand _event;

        public BareInserts(string file)
        {
            _connection = new SqliteConnection($"Data Source={file};Pooling=False");
            _connection.Open();
            using var settings = _connection.CreateCommand();
            settings.CommandText =
                "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -32768";
            settings.ExecuteNonQuery();
            _begin = Command("BEGIN IMMEDIATE");
            _commit = Command("COMMIT");
            _session = Command(
                """
                INSERT INTO sessions (id, revision, head, status, agent_id, unsettled, owner, created_at, updated_at, state)
                VALUES ($0, $1, $2, $3, $4, $5, $6, $7, $8, $9)
                ON CONFLICT (id) DO UPDATE SET revision = $1, head = $2, status = $3, unsettled = $5, owner = $6,
                  updated_at = $8, state = $9
                """,
                10);
            _event = Command(
                """
                INSERT INTO session_events (session, sequence, id, type, turn, created_at, data)
                VALUES ($0, $1, $2, $3, $4, $5, $6)
                """,
                7);
        }

        public void Write(IReadOnlyList<SessionAppend> appends)
        {
            _begin.ExecuteNonQuery();
            foreach (var (row, events, _, _) in appends)
            {
                Execute(
                    _session, row.Id.Value, row.Revision, row.Head, row.Status, row.AgentId, row.Unsettled, row.Owner, 0L,
                    0L, row.State);
                var e = events[0];
                Execute(_event, row.Id.Value, e.Sequence, e.Id.Value, e.Type, DBNull.Value, 0L, e.Data);
            }

            _commit.ExecuteNonQuery();
        }

        public void Dispose()
        {
            foreach (var command in new[] { _begin, _commit, _session, _event })
            {
                command.Dispose();
            }

            _connection.Dispose();
        }

        private static void Execute(SqliteCommand command, params ReadOnlySpan<object> values)
        {
            for (var i = 0; i < values.Length; i++)
            {
                command.Parameters[i].Value = values[i];
            }

            command.ExecuteNonQuery();
        }

#pragma warning disable CA2100 // the texts are the constants above
        private SqliteCommand Command(string sql, int parameters = 0)
        {
            var command = _connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < parameters; i++)
            {
                command.Parameters.AddWithValue($"${i}", DBNull.Value);
            }

            command.Prepare();
            return command;
        }
#pragma warning restore CA2100
    }
}
