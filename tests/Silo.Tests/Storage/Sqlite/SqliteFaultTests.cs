using Colloquy.Grains.Sessions;
using Colloquy.Sessions;
using Colloquy.Silo.Storage;
using Xunit;

namespace Colloquy.Tests.Storage.Sqlite;

/// <summary>Commits that fail: the callers of that group hear of it, and nobody else.</summary>
public sealed class SqliteFaultTests
{
    private readonly SessionId _session = SessionId.New();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Failed_commit_fails_its_group_and_later_appends_work()
    {
        var failures = 1;
        await using var store = SqliteStoreUnderTest.OpenNew(_ =>
        {
            if (failures-- > 0)
            {
                throw new IOException("The disk is on fire.");
            }
        });

        var error = await Assert.ThrowsAsync<StoreUnavailableException>(() => AppendAsync(store, 1));

        Assert.Contains("on fire", error.Message, StringComparison.Ordinal);
        Assert.Null(await store.Sessions.FindAsync(_session, Token));
        Assert.Equal(AppendOutcome.Appended, await AppendAsync(store, 1));
        Assert.Equal(1, (await store.Sessions.FindAsync(_session, Token))!.Head);
    }

    [Fact]
    public async Task Commit_that_succeeds_without_an_answer_is_found_by_reading_again()
    {
        var failures = 1;
        await using var store = SqliteStoreUnderTest.OpenNew(connection =>
        {
            if (failures-- > 0)
            {
                connection.Execute("COMMIT");
                throw new IOException("The answer is lost.");
            }
        });

        await Assert.ThrowsAsync<StoreUnavailableException>(() => AppendAsync(store, 1));

        Assert.Equal(1, (await store.Sessions.FindAsync(_session, Token))!.Head);
        Assert.Equal(AppendOutcome.Repeated, await AppendAsync(store, 1));
        Assert.Equal(1, (await store.Uploads.GetStatusAsync(Token)).Pending);
        Assert.Equal(AppendOutcome.Appended, await AppendAsync(store, 2));
    }

    [Fact]
    public async Task Full_disk_fails_writes_and_leaves_reads_until_there_is_space_again()
    {
        using var commits = new SemaphoreSlim(0);
        var limit = false;
        await using var store = SqliteStoreUnderTest.OpenNew(connection =>
        {
            if (limit)
            {
                connection.ExecuteScript("PRAGMA max_page_count = 1");
                connection.Execute("INSERT INTO cost_ledger SELECT NULL, 'x', 1, 'x', 'x', 0, NULL, NULL, " +
                    "0, 0, 0, 0, 0, 0, 0, 0, NULL, hex(zeroblob(1000000))");
            }
        });
        Assert.Equal(AppendOutcome.Appended, await AppendAsync(store, 1));

        limit = true;
        var error = await Assert.ThrowsAsync<StoreUnavailableException>(() => AppendAsync(store, 2));
        Assert.Contains("disk is full", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await store.Sessions.FindAsync(_session, Token))!.Head);

        limit = false;
        Assert.Equal(AppendOutcome.Appended, await AppendAsync(store, 2));
    }

    [Fact]
    public async Task Failed_commit_fails_every_waiter_of_its_group_and_none_of_the_next()
    {
        using var inCommit = new SemaphoreSlim(0);
        using var mayCommit = new SemaphoreSlim(0);
        var commits = 0;
        await using var store = SqliteStoreUnderTest.OpenNew(_ =>
        {
            // The first commit is held until a second group has gathered, which then fails.
            switch (++commits)
            {
                case 1:
                    inCommit.Release();
                    mayCommit.Wait(Token);
                    break;
                case 2:
                    throw new IOException("gone");
            }
        });
        var first = AppendAsync(store, 1);
        await inCommit.WaitAsync(Token);
        var group = Enumerable.Range(0, 10)
            .Select(_ => store.Sessions.AppendAsync([Sample.FullAppend(SessionId.New(), 1)], Token))
            .ToList();
        mayCommit.Release();

        Assert.Equal(AppendOutcome.Appended, await first);
        foreach (var waiter in group)
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => waiter);
        }

        Assert.Equal(AppendOutcome.Appended, await AppendAsync(store, 2));
        Assert.Equal(2, (await store.Uploads.GetStatusAsync(Token)).Pending);
    }

    [Fact]
    public async Task Poisoned_write_fails_alone_in_its_group()
    {
        using var inCommit = new SemaphoreSlim(0);
        using var mayCommit = new SemaphoreSlim(0);
        var commits = 0;
        await using var store = SqliteStoreUnderTest.OpenNew(_ =>
        {
            if (++commits == 1)
            {
                inCommit.Release();
                mayCommit.Wait(Token);
            }
        });
        var first = AppendAsync(store, 1);
        await inCommit.WaitAsync(Token);
        var before = store.Sessions.AppendAsync([Sample.FullAppend(SessionId.New(), 1)], Token);
        var bug = store.Database.WriteAsync<int>(
            connection =>
            {
                connection.Execute("DELETE FROM uploads");
                throw new InvalidOperationException("a bug");
            },
            0, Token);
        var after = AppendAsync(store, 2);
        mayCommit.Release();

        await Assert.ThrowsAsync<InvalidOperationException>(() => bug);

        Assert.Equal([AppendOutcome.Appended], await before);
        Assert.Equal([AppendOutcome.Appended, AppendOutcome.Appended], await Task.WhenAll(first, after));
        Assert.Equal(2, commits);
        Assert.Equal(3, (await store.Uploads.GetStatusAsync(Token)).Pending);
    }

    private async Task<AppendOutcome> AppendAsync(SqliteStoreUnderTest store, long revision) =>
        Assert.Single(await store.Sessions.AppendAsync([Sample.FullAppend(_session, revision)], Token));
}
