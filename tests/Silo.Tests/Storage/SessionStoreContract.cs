using Colloquy.Grains.Sessions;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Tests.Storage;

/// <summary>What every <see cref="ISessionStore"/> does: appends and their fencing.</summary>
public abstract partial class SessionStoreContract : StoreContract
{
    private readonly SessionId _session = SessionId.New();

    [Fact]
    public async Task Find_unknown_session_is_null()
    {
        Assert.Null(await Store.Sessions.FindAsync(_session, Token));
        Assert.Null(await Store.Sessions.FindEventAsync(_session, EventId.From(_session, "x"), Token));
        Assert.Empty((await Store.Sessions.ReadAsync(_session, new EventQuery(), Token)).Events);
    }

    [Fact]
    public async Task Append_creates_and_changes_the_row()
    {
        await AppendAsync(Sample.Append(_session, 1, 0, events: 0));
        var second = Sample.Append(_session, 2, 0, events: 3);
        var row = second.Row with
        {
            Status = SessionStatus.Running,
            Unsettled = true,
            Owner = "silo-2",
            AgentId = "agent_other",
            State = [0, 1, 2, 255],
        };
        await AppendAsync(second with { Row = row });

        var stored = await Store.Sessions.FindAsync(_session, Token);

        Assert.NotNull(stored);
        Assert.Equal(row.State, stored.State);
        Assert.Equal(row with { State = stored.State }, stored);
    }

    [Fact]
    public async Task Append_keeps_events_byte_for_byte()
    {
        var append = Sample.Append(_session, 1, 0, events: 2);
        var plain = append.Events[0] with { Data = """{"text":"ünï\u0000 🙂"}"""u8.ToArray(), TurnId = Sample.Turn(_session, 1) };
        await AppendAsync(append with { Events = [plain, append.Events[1]] });

        var stored = await Store.Sessions.FindEventAsync(_session, plain.Id, Token);

        Assert.NotNull(stored);
        Assert.Equal(plain.Data, stored.Data);
        Assert.Equal(plain with { Data = stored.Data, ProcessedAt = plain.CreatedAt }, stored);
    }

    [Fact]
    public async Task Append_repeated_writes_nothing()
    {
        var append = Sample.FullAppend(_session, 1);
        await AppendAsync(append);

        Assert.Equal(AppendOutcome.Repeated, await OutcomeOfAsync(append));

        await AssertJournalAsync(_session, 1);
        Assert.Single((await Store.Ledger.ReadAsync(Sample.Day, null, Token)).Groups);
        Assert.Equal(1, (await Store.Uploads.GetStatusAsync(Token)).Pending);
    }

    [Fact]
    public async Task Append_repeated_in_one_batch_is_stored_once()
    {
        var append = Sample.FullAppend(_session, 1);

        var outcomes = await Store.Sessions.AppendAsync([append, append], Token);

        Assert.Equal([AppendOutcome.Appended, AppendOutcome.Repeated], outcomes);
        await AssertJournalAsync(_session, 1);
    }

    [Fact]
    public async Task Append_without_events_is_repeated_only_if_the_state_is_the_same()
    {
        var append = Sample.Append(_session, 1, 0, events: 0);
        await AppendAsync(append);

        Assert.Equal(AppendOutcome.Repeated, await OutcomeOfAsync(append));
        Assert.Equal(
            AppendOutcome.Fenced, await OutcomeOfAsync(append with { Row = append.Row with { State = [1] } }));
    }

    [Fact]
    public async Task Append_of_the_same_events_by_another_owner_is_fenced()
    {
        var append = Sample.Append(_session, 1, 0);
        await AppendAsync(append);

        Assert.Equal(
            AppendOutcome.Fenced, await OutcomeOfAsync(append with { Row = append.Row with { Owner = "silo-2" } }));
    }

    [Fact]
    public async Task Append_behind_is_fenced_even_if_it_was_stored_once()
    {
        var first = Sample.Append(_session, 1, 0);
        await AppendAsync(first, Sample.Append(_session, 2, 1));

        Assert.Equal(AppendOutcome.Fenced, await OutcomeOfAsync(first));
    }

    [Theory]
    [InlineData(1, 0)] // created a second time with other events
    [InlineData(2, 2)] // the revision of another's write
    [InlineData(4, 2)] // a revision too far
    [InlineData(3, 1)] // the right revision on a wrong head
    public async Task Append_on_another_row_is_fenced_and_leaves_nothing(long revision, long head)
    {
        await AppendAsync(Sample.Append(_session, 1, 0), Sample.Append(_session, 2, 1));
        var other = Sample.Append(_session, revision, head);
        var late = other with
        {
            Events = [Sample.Event(_session, head + 1, source: "other")],
            Ledger = [Sample.Entry(_session, head + 1)],
            Uploads = [new(_session, Sample.Turn(_session, 1), 1, 1, "local", Sample.Start)],
        };

        Assert.Equal(AppendOutcome.Fenced, await OutcomeOfAsync(late));

        await AssertJournalAsync(_session, 2);
        Assert.Equal(2, (await Store.Sessions.FindAsync(_session, Token))!.Revision);
        Assert.Empty((await Store.Ledger.ReadAsync(Sample.Day, null, Token)).Groups);
        Assert.Equal(0, (await Store.Uploads.GetStatusAsync(Token)).Pending);
    }

    [Fact]
    public async Task Append_to_a_session_that_does_not_exist_is_fenced()
    {
        Assert.Equal(AppendOutcome.Fenced, await OutcomeOfAsync(Sample.Append(_session, 2, 1)));
        Assert.Null(await Store.Sessions.FindAsync(_session, Token));
    }

    [Fact]
    public async Task Append_fenced_costs_the_rest_of_its_batch_nothing()
    {
        var (before, after) = (SessionId.New(), SessionId.New());
        await AppendAsync(Sample.Append(_session, 1, 0));

        var outcomes = await Store.Sessions.AppendAsync(
            [Sample.FullAppend(before, 1), Sample.Append(_session, 3, 1), Sample.FullAppend(after, 1), Sample.FullAppend(after, 2)],
            Token);

        Assert.Equal(
            [AppendOutcome.Appended, AppendOutcome.Fenced, AppendOutcome.Appended, AppendOutcome.Appended], outcomes);
        await AssertJournalAsync(before, 1);
        await AssertJournalAsync(_session, 1);
        await AssertJournalAsync(after, 2);
        Assert.Equal(3, (await Store.Uploads.GetStatusAsync(Token)).Pending);
    }

    [Fact]
    public async Task Append_of_a_known_event_with_a_fresh_revision_is_fenced_and_costs_the_others_nothing()
    {
        var (before, after) = (SessionId.New(), SessionId.New());
        await AppendAsync(Sample.Append(_session, 1, 0));
        var again = Sample.FullAppend(_session, 2) with { Events = [Sample.Event(_session, 2, source: "event:1")] };

        var outcomes = await Store.Sessions.AppendAsync(
            [Sample.FullAppend(before, 1), again, Sample.FullAppend(after, 1)], Token);

        Assert.Equal([AppendOutcome.Appended, AppendOutcome.Fenced, AppendOutcome.Appended], outcomes);
        await AssertJournalAsync(_session, 1);
        Assert.Equal(1, (await Store.Sessions.FindAsync(_session, Token))!.Revision);
        Assert.Equal(2, (await Store.Ledger.ReadAsync(Sample.Day, null, Token)).Groups.Count);
        Assert.Equal(2, (await Store.Uploads.GetStatusAsync(Token)).Pending);
    }

    [Fact]
    public async Task Append_that_breaks_a_key_fails_alone()
    {
        var good = SessionId.New();
        var append = Sample.FullAppend(_session, 1);
        var broken = append with { Ledger = [append.Ledger[0], append.Ledger[0]] };

        var failing = Store.Sessions.AppendAsync([broken], Token);
        var others = Enumerable.Range(1, 20).Select(_ => OutcomeOfAsync(Sample.FullAppend(SessionId.New(), 1))).ToList();
        await AppendAsync(Sample.FullAppend(good, 1));

        await Assert.ThrowsAnyAsync<Exception>(() => failing);
        Assert.All(await Task.WhenAll(others), outcome => Assert.Equal(AppendOutcome.Appended, outcome));
        Assert.Null(await Store.Sessions.FindAsync(_session, Token));
        await AssertJournalAsync(good, 1);
    }

    [Fact]
    public async Task Append_with_a_gap_is_refused()
    {
        var append = Sample.Append(_session, 1, 0) with { Events = [Sample.Event(_session, 2)] };

        await Assert.ThrowsAsync<ArgumentException>(() => Store.Sessions.AppendAsync([append], Token));
    }

    [Fact]
    public async Task Append_of_nothing_answers_nothing() =>
        Assert.Empty(await Store.Sessions.AppendAsync([], Token));

    private async Task AssertJournalAsync(SessionId session, int head)
    {
        var page = await Store.Sessions.ReadAsync(session, new EventQuery(Limit: 1000), Token);
        Assert.Equal(Enumerable.Range(1, head).Select(i => (long)i), page.Events.Select(e => e.Sequence));
        Assert.Equal(head, (await Store.Sessions.FindAsync(session, Token))!.Head);
    }
}
