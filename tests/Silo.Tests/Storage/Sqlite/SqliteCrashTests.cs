using System.Diagnostics;
using Colloquy.Grains.Sessions;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Tests.Storage.Sqlite;

/// <summary>A real process writes and is killed with SIGKILL at a random moment, again and again on the same file.</summary>
public sealed class SqliteCrashTests
{
    private const int Kills = 5;
    private const int Callers = 8;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_writer_loses_and_doubles_nothing_that_was_acknowledged()
    {
        using var folder = new TempFolder();
        var file = folder.File("store.db");
        var acknowledged = Enumerable.Range(0, Callers).ToDictionary(_ => SessionId.New(), _ => 0L);
        var kept = 0L;

        for (var kill = 0; kill < Kills; kill++)
        {
            await WriteUntilKilledAsync(file, acknowledged, appends: Random.Shared.Next(1, 2000));

            await using var store = SqliteStoreUnderTest.Open(file);
            kept = 0;
            foreach (var (session, sequence) in acknowledged)
            {
                kept += await AssertConsistentAsync(store, session, atLeast: sequence);
            }

            Assert.Equal(kept, await BookedAsync(store));
            Assert.Equal(kept, (await store.Uploads.GetStatusAsync(Token)).Pending);
        }

        Assert.True(kept >= acknowledged.Values.Sum());
        TestContext.Current.TestOutputHelper?.WriteLine($"{acknowledged.Values.Sum()} acknowledged, {kept} stored");
    }

    /// <summary>Reads acknowledgements until there are enough, kills the process, and takes in what it still said.</summary>
    private static async Task WriteUntilKilledAsync(string file, Dictionary<SessionId, long> acknowledged, int appends)
    {
        using var writer = Process.Start(new ProcessStartInfo("dotnet")
        {
            ArgumentList = { "exec", Path.Combine(AppContext.BaseDirectory, "Colloquy.CrashWriter.dll"), file },
            RedirectStandardOutput = true,
        }.WithArguments(acknowledged.Keys.Select(session => session.Value)))!;
        try
        {
            for (var line = 1; await writer.StandardOutput.ReadLineAsync(Token) is { } text; line++)
            {
                if (text.Split(' ') is [var session, var sequence] && long.TryParse(sequence, out var number))
                {
                    acknowledged[new SessionId(session)] = number;
                }

                if (line == appends)
                {
                    writer.Kill();
                }
            }
        }
        finally
        {
            writer.Kill();
        }

        await writer.WaitForExitAsync(Token);
        Assert.Equal(128 + 9, writer.ExitCode);
    }

    private static async Task<long> AssertConsistentAsync(SqliteStoreUnderTest store, SessionId session, long atLeast)
    {
        var row = await store.Sessions.FindAsync(session, Token);
        if (row is null)
        {
            Assert.Equal(0, atLeast);
            return 0;
        }

        Assert.True(row.Head >= atLeast, $"{session} has {row.Head} events, but {atLeast} were acknowledged.");
        Assert.Equal(row.Head, row.Revision);
        Assert.Equal(Sample.State(row.Revision), row.State);
        var sequences = new List<long>();
        for (long? after = 0; after is not null;)
        {
            var page = await store.Sessions.ReadAsync(session, new EventQuery(after, Limit: 1000), Token);
            sequences.AddRange(page.Events.Select(e => e.Sequence));
            after = page.Next;
        }

        Assert.Equal(Enumerable.Range(1, (int)row.Head).Select(i => (long)i), sequences);
        // The very last change may have been stored without its answer: repeating it must not double it.
        Assert.Equal(
            [AppendOutcome.Repeated],
            await store.Sessions.AppendAsync([Sample.FullAppend(session, row.Revision)], Token));
        return row.Head;
    }

    private static async Task<long> BookedAsync(SqliteStoreUnderTest store) =>
        (await store.Ledger.ReadAsync(Sample.Day, null, Token)).Groups.Sum(group => group.Totals.ModelCalls);
}

file static class ProcessStartInfoExtensions
{
    public static ProcessStartInfo WithArguments(this ProcessStartInfo info, IEnumerable<string> arguments)
    {
        foreach (var argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        return info;
    }
}
