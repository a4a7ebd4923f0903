using Colloquy.Grains.Sessions;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Tests.Storage.Sqlite;

public sealed class SqliteConcurrencyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Append_from_64_callers_loses_nothing()
    {
        const int Callers = 64;
        const int Appends = 100;
        await using var store = SqliteStoreUnderTest.OpenNew();
        var sessions = Enumerable.Range(0, Callers).Select(_ => SessionId.New()).ToList();

        await Task.WhenAll(sessions.Select(session => Task.Run(
            async () =>
            {
                for (var revision = 1; revision <= Appends; revision++)
                {
                    Assert.Equal(
                        [AppendOutcome.Appended],
                        await store.Sessions.AppendAsync([Sample.FullAppend(session, revision)], Token));
                }
            },
            Token)));

        foreach (var session in sessions)
        {
            var page = await store.Sessions.ReadAsync(session, new EventQuery(Limit: 1000), Token);
            Assert.Equal(Enumerable.Range(1, Appends).Select(i => (long)i), page.Events.Select(e => e.Sequence));
        }

        Assert.Equal(Callers * Appends, (await store.Uploads.GetStatusAsync(Token)).Pending);
    }

    [Fact]
    public async Task Append_of_one_revision_from_many_callers_succeeds_once()
    {
        await using var store = SqliteStoreUnderTest.OpenNew();
        var session = SessionId.New();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 64).Select(caller => Task.Run(
            () => store.Sessions.AppendAsync(
                [Sample.Append(session, 1, 0) with { Events = [Sample.Event(session, 1, source: $"caller:{caller}")] }],
                Token),
            Token)));

        Assert.Equal(1, outcomes.Count(outcome => outcome[0] == AppendOutcome.Appended));
        Assert.Equal(63, outcomes.Count(outcome => outcome[0] == AppendOutcome.Fenced));
    }

    [Fact]
    public async Task Ledger_read_while_it_grows_skips_nothing()
    {
        const int Appends = 300;
        await using var store = SqliteStoreUnderTest.OpenNew();
        var writing = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            async () =>
            {
                var session = SessionId.New();
                for (var revision = 1; revision <= Appends; revision++)
                {
                    await store.Sessions.AppendAsync([Sample.FullAppend(session, revision)], Token);
                }
            },
            Token)));

        var (calls, cursor, isLast) = (0L, (string?)null, false);
        while (!isLast)
        {
            isLast = writing.IsCompleted;
            var slice = await store.Ledger.ReadAsync(Sample.Day, cursor, Token);
            calls += slice.Groups.Sum(group => group.Totals.ModelCalls);
            cursor = slice.Cursor;
        }

        await writing;
        Assert.Equal(4 * Appends, calls);
    }

    [Fact]
    public async Task Dispose_writes_what_is_queued_and_refuses_what_comes_later()
    {
        using var folder = new TempFolder();
        var session = SessionId.New();
        var store = SqliteStoreUnderTest.Open(folder.File("store.db"));
        var queued = Enumerable.Range(1, 200)
            .Select(i => store.Sessions.AppendAsync([Sample.FullAppend(session, i)], Token))
            .ToList();

        await store.DisposeAsync();

        await Task.WhenAll(queued);
        await Assert.ThrowsAsync<ObjectDisposedException>(
            () => store.Sessions.AppendAsync([Sample.FullAppend(session, 201)], Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.Sessions.FindAsync(session, Token));
        await using var again = SqliteStoreUnderTest.Open(folder.File("store.db"));
        Assert.Equal(200, (await again.Sessions.FindAsync(session, Token))!.Head);
    }
}
