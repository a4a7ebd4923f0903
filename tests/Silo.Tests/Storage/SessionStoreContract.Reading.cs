using Colloquy.Grains.Sessions;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Tests.Storage;

public abstract partial class SessionStoreContract
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task Read_in_pages_gives_each_event_once_in_either_direction(int limit)
    {
        await AppendAsync(Sample.Append(_session, 1, 0, events: 7), Sample.Append(SessionId.New(), 1, 0, events: 3));

        Assert.Equal([1, 2, 3, 4, 5, 6, 7], await ReadAllAsync(new EventQuery(Limit: limit)));
        Assert.Equal([7, 6, 5, 4, 3, 2, 1], await ReadAllAsync(new EventQuery(Limit: limit, Descending: true)));
    }

    [Fact]
    public async Task Read_after_a_sequence_starts_beyond_it()
    {
        await AppendAsync(Sample.Append(_session, 1, 0, events: 5));

        Assert.Equal([4, 5], await ReadAllAsync(new EventQuery(After: 3)));
        Assert.Equal([2, 1], await ReadAllAsync(new EventQuery(After: 3, Descending: true)));
        Assert.Empty(await ReadAllAsync(new EventQuery(After: 5)));
    }

    [Fact]
    public async Task Read_of_large_events_cuts_the_page_by_its_size_and_loses_none()
    {
        const int Large = EventQuery.MaxPageBytes / 3;
        var data = System.Text.Encoding.UTF8.GetBytes($$"""{"text":"{{new string('x', Large)}}"}""");
        var events = Enumerable.Range(1, 7).Select(i => Sample.Event(_session, i) with { Data = data }).ToList();
        await AppendAsync(Sample.Append(_session, 1, 0, events: 7) with { Events = events });

        var first = await Store.Sessions.ReadAsync(_session, new EventQuery(), Token);
        var second = await Store.Sessions.ReadAsync(_session, new EventQuery(first.Next), Token);

        Assert.Equal([1L, 2, 3], first.Events.Select(e => e.Sequence));
        Assert.Equal([4L, 5, 6], second.Events.Select(e => e.Sequence));
        Assert.Equal(6, second.Next);
    }

    [Fact]
    public async Task Read_of_types_pages_over_the_others()
    {
        string[] types = [EventTypes.UserMessage, EventTypes.AgentMessage, EventTypes.AgentToolUse];
        var events = Enumerable.Range(1, 9).Select(i => Sample.Event(_session, i, types[i % 3])).ToList();
        await AppendAsync(Sample.Append(_session, 1, 0, events: 9) with { Events = events });

        Assert.Equal([3, 6, 9], await ReadAllAsync(new EventQuery(Limit: 1, Types: [EventTypes.UserMessage])));
        Assert.Equal(
            [8, 7, 5, 4, 2, 1],
            await ReadAllAsync(new EventQuery(
                Limit: 2, Descending: true, Types: [EventTypes.AgentMessage, EventTypes.AgentToolUse])));
        Assert.Empty(await ReadAllAsync(new EventQuery(Types: [])));
    }

    [Fact]
    public async Task Read_fills_in_when_a_message_was_taken_up()
    {
        var (turn, later) = (Sample.Turn(_session, 1), Sample.Turn(_session, 2));
        var events = new[]
        {
            Sample.Event(_session, 1, EventTypes.UserMessage, turn: turn),
            Sample.Event(_session, 2, EventTypes.UserMessage, turn: later),
            Sample.Event(_session, 3, EventTypes.StatusRunning, turn: turn),
            Sample.Event(_session, 4, turn: turn),
        };
        await AppendAsync(Sample.Append(_session, 1, 0, events: 4) with { Events = events });

        var page = await Store.Sessions.ReadAsync(_session, new EventQuery(), Token);

        Assert.Equal(
            [events[2].CreatedAt, null, events[2].CreatedAt, events[3].CreatedAt],
            page.Events.Select(e => e.ProcessedAt));
        Assert.Equal(
            events[2].CreatedAt, (await Store.Sessions.FindEventAsync(_session, events[0].Id, Token))!.ProcessedAt);
    }

    [Fact]
    public async Task List_in_pages_gives_newest_first_and_each_once()
    {
        // Two rows share each creation time, so that pages are cut between equals too.
        var rows = Enumerable.Range(0, 9)
            .Select(i => Sample.Row(SessionId.New(), 1, 0) with { CreatedAt = Sample.Start.AddSeconds(i / 2) })
            .ToList();
        await CreateAsync(rows);

        var listed = await ListAllAsync(new SessionQuery(Limit: 2));

        Assert.Equal(
            rows.OrderByDescending(row => row.CreatedAt).ThenByDescending(row => row.Id.Value, StringComparer.Ordinal)
                .Select(row => row.Id),
            listed);
    }

    [Fact]
    public async Task List_filters_by_status_and_agent()
    {
        var blank = Sample.Row(SessionId.New(), 1, 0);
        var running = blank with { Id = SessionId.New(), Status = SessionStatus.Running };
        var ended = blank with { Id = SessionId.New(), Status = SessionStatus.Terminated };
        var other = blank with { Id = SessionId.New(), Status = SessionStatus.Running, AgentId = "agent_other" };
        await CreateAsync([blank, running, ended, other]);

        await AssertListedAsync(new SessionQuery(), blank, running, ended, other);
        await AssertListedAsync(new SessionQuery(Statuses: [SessionStatus.Running]), running, other);
        await AssertListedAsync(new SessionQuery(Statuses: [SessionStatus.Running, SessionStatus.Terminated]), running, ended, other);
        await AssertListedAsync(new SessionQuery(AgentId: "agent_other"), other);
        await AssertListedAsync(new SessionQuery(Statuses: [SessionStatus.Idle], AgentId: "agent_other"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("12")]
    [InlineData("12.nobody")]
    [InlineData("-1.sesn_a")]
    public async Task List_with_a_foreign_cursor_is_refused(string cursor)
    {
        var error = await Assert.ThrowsAsync<InvalidInputException>(
            () => Store.Sessions.ListAsync(new SessionQuery(cursor), Token));

        Assert.Equal("cursor", error.Field);
    }

    [Fact]
    public async Task ListUnsettled_gives_those_of_dead_owners_that_wait_longest()
    {
        var settled = Sample.Row(SessionId.New(), 1, 0) with { Owner = "dead" };
        var recent = settled with { Id = SessionId.New(), Unsettled = true, UpdatedAt = Sample.Start.AddSeconds(9) };
        var waiting = recent with { Id = SessionId.New(), UpdatedAt = Sample.Start.AddSeconds(2) };
        var owned = recent with { Id = SessionId.New(), Owner = "alive" };
        await CreateAsync([settled, recent, waiting, owned]);

        Assert.Equal([waiting.Id, recent.Id], await Store.Sessions.ListUnsettledAsync(["alive", "idle"], 10, Token));
        Assert.Equal([waiting.Id], await Store.Sessions.ListUnsettledAsync(["alive"], 1, Token));
        Assert.Equal(3, (await Store.Sessions.ListUnsettledAsync([], 10, Token)).Count);
    }

    private Task CreateAsync(IEnumerable<SessionRow> rows) =>
        AppendAsync([.. rows.Select(row => new SessionAppend(row, [], [], []))]);

    private async Task<List<long>> ReadAllAsync(EventQuery query)
    {
        var all = new List<long>();
        while (true)
        {
            var page = await Store.Sessions.ReadAsync(_session, query, Token);
            Assert.True(page.Events.Count <= query.Limit);
            all.AddRange(page.Events.Select(e => e.Sequence));
            if (page.Next is null)
            {
                return all;
            }

            Assert.Equal(query.Limit, page.Events.Count);
            query = query with { After = page.Next };
        }
    }

    private async Task<List<SessionId>> ListAllAsync(SessionQuery query)
    {
        var all = new List<SessionId>();
        while (true)
        {
            var page = await Store.Sessions.ListAsync(query, Token);
            all.AddRange(page.Rows.Select(row => row.Id));
            if (page.Next is null)
            {
                return all;
            }

            query = query with { Cursor = page.Next };
        }
    }

    private async Task AssertListedAsync(SessionQuery query, params SessionRow[] expected) =>
        Assert.Equal(expected.Select(row => row.Id).ToHashSet(), (await ListAllAsync(query)).ToHashSet());
}
