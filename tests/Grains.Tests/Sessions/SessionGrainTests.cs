using Colloquy.Errors;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Sessions;

public sealed class SessionGrainTests : SessionTest
{
    [Fact]
    public async Task Turn_runs_from_message_to_idle_and_says_what_it_cost()
    {
        var session = await _cluster.CreateAsync();
        var agent = await _cluster.AskAsync(session);
        agent.Say("hi there");
        agent.Finish();

        var idle = await _cluster.IdleAsync();

        Assert.Equal(TurnOutcome.Completed, idle.Outcome);
        Assert.Equal(15, idle.Cost.Tokens.Total);
        Assert.True(idle.Cost.TotalNanoUsd > 0);
        Assert.Equal("hi there", _cluster.Single<AgentMessage>().Text);
        Assert.Equal(
            [EventTypes.UserMessage, EventTypes.StatusRunning, EventTypes.ModelRequestStart, EventTypes.AgentMessage,
                EventTypes.ModelRequestEnd, EventTypes.StatusIdle],
            _cluster.Store.Events(Id).Select(e => e.Type));
        var snapshot = await session.GetAsync();
        Assert.Equal(SessionStatus.Idle, snapshot.Status);
        Assert.Equal(_cluster.Store.Booked(Id).TotalNanoUsd, snapshot.Totals.TotalNanoUsd);
        Assert.Single(_cluster.Store.Uploads);
    }

    [Fact]
    public async Task Messages_sent_while_a_turn_runs_are_answered_in_order_in_one_sandbox()
    {
        var session = await _cluster.CreateAsync();
        var first = await _cluster.AskAsync(session, "one");
        await session.SubmitAsync(new SubmitEvents([new UserMessageRequest(["two"]), new UserMessageRequest(["three"])]));
        first.Finish();
        var second = await _cluster.Sandboxes.NextProcessAsync();
        second.Finish();
        var third = await _cluster.Sandboxes.NextProcessAsync();
        third.Finish();

        await _cluster.IdleAsync(number: 3);

        var asked = _cluster.Store.Events(Id).Where(e => e.Type == EventTypes.UserMessage).Select(e => e.TurnId!.Value.Value);
        Assert.Equal(asked, [first.Turn, second.Turn, third.Turn]);
        Assert.Equal(1, _cluster.Sandboxes.Created);
    }

    [Fact]
    public async Task Repeated_submit_with_the_same_key_is_accepted_once()
    {
        var session = await _cluster.CreateAsync();
        var request = new SubmitEvents([new UserMessageRequest(["once"])], "key");
        var stored = await session.SubmitAsync(request);
        (await _cluster.Sandboxes.NextProcessAsync()).Finish();
        await _cluster.IdleAsync();

        var again = await session.SubmitAsync(request);

        Assert.Equal(stored[0].Id, again[0].Id);
        Assert.Single(_cluster.Store.Events(Id), e => e.Type == EventTypes.UserMessage);
    }

    [Fact]
    public async Task Same_key_with_other_events_is_a_conflict()
    {
        var session = await _cluster.CreateAsync();
        await session.SubmitAsync(new SubmitEvents([new UserMessageRequest(["once"])], "key"));

        await Assert.ThrowsAsync<IdempotencyConflictException>(() =>
            session.SubmitAsync(new SubmitEvents([new UserMessageRequest(["twice"])], "key")));
        await Assert.ThrowsAsync<IdempotencyConflictException>(() => session.SubmitAsync(
            new SubmitEvents([new UserMessageRequest(["once"]), new UserMessageRequest(["more"])], "key")));
    }

    [Fact]
    public async Task Interrupt_stops_the_agent_and_leaves_the_session_usable()
    {
        var session = await _cluster.CreateAsync();
        var agent = await _cluster.AskAsync(session);
        agent.Say("working");

        await session.SubmitAsync(new SubmitEvents([new UserInterruptRequest()]));
        await agent.ToldToStop.Task;
        agent.Exit(143);
        var idle = await _cluster.IdleAsync();

        Assert.Equal(TurnOutcome.Interrupted, idle.Outcome);
        (await _cluster.AskAsync(session)).Finish();
        Assert.Equal(TurnOutcome.Completed, (await _cluster.IdleAsync(number: 2)).Outcome);
    }

    [Fact]
    public async Task Turn_beyond_its_timeout_fails_as_timeout_with_everything_needed_to_debug_it()
    {
        var session = await _cluster.CreateAsync(timeout: TimeSpan.FromSeconds(1));
        var agent = await _cluster.AskAsync(session, "take your time");
        agent.Say("not done yet");
        await agent.ToldToStop.Task;
        agent.Exit(143, "terminated");

        var idle = await _cluster.IdleAsync();

        var error = _cluster.Single<SessionErrorEvent>().Error;
        Assert.Equal(TurnOutcome.Failed, idle.Outcome);
        Assert.Equal(ErrorCategory.Timeout, error.Category);
        Assert.Equal("take your time", error.Prompt);
        Assert.Equal("sbx1", error.SandboxId);
        Assert.Equal(143, error.ExitCode);
        Assert.Equal("terminated", error.Stderr);
        Assert.Contains("not done yet", error.Stdout, StringComparison.Ordinal);
        Assert.InRange(error.ElapsedSeconds, 0.99, 20); // timers round to the millisecond
    }

    [Fact]
    public async Task Failed_turn_is_explained_and_the_next_one_works()
    {
        var session = await _cluster.CreateAsync();
        (await _cluster.AskAsync(session)).Exit(3, "it broke");
        await _cluster.IdleAsync();

        (await _cluster.AskAsync(session)).Finish();

        Assert.Equal(TurnOutcome.Completed, (await _cluster.IdleAsync(number: 2)).Outcome);
        var error = _cluster.Single<SessionErrorEvent>().Error;
        Assert.Equal(("agent_exit", 3, "it broke"), (error.Code, error.ExitCode, error.Stderr));
    }

    [Fact]
    public async Task End_in_mid_turn_kills_the_sandbox_and_closes_every_stream()
    {
        var session = await _cluster.CreateAsync();
        await _cluster.AskAsync(session);

        var ended = await session.EndAsync();

        Assert.Equal(SessionStatus.Terminated, ended.Status);
        Assert.Null(ended.SandboxId);
        Assert.Equal(["sbx1"], _cluster.Sandboxes.Killed);
        var seen = new List<string>();
        await foreach (var stored in session.FollowAsync(0, TestContext.Current.CancellationToken))
        {
            seen.Add(stored.Type);
        }

        Assert.Equal([EventTypes.StatusIdle, EventTypes.StatusTerminated], seen[^2..]);
        await Assert.ThrowsAsync<SessionEndedException>(() =>
            session.SubmitAsync(new SubmitEvents([new UserMessageRequest(["late"])])));
    }

    [Fact]
    public async Task Ending_twice_changes_nothing()
    {
        var session = await _cluster.CreateAsync();
        await session.EndAsync();
        var events = _cluster.Store.Events(Id).Count;

        await session.EndAsync();

        Assert.Equal(events, _cluster.Store.Events(Id).Count);
    }

    [Fact]
    public async Task Unknown_session_says_so() =>
        await Assert.ThrowsAsync<SessionNotFoundException>(() => _cluster.Session("sesn_none").GetAsync());

    [Fact]
    public async Task Create_with_an_agent_that_cannot_run_names_what_is_missing()
    {
        var error = await Assert.ThrowsAsync<InvalidInputException>(() =>
            _cluster.Session("sesn_2").CreateAsync(new CreateSession(BuiltIn.PythonAgent)));

        Assert.Equal("agent", error.Field);
        Assert.Contains("wrong phase", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repeated_create_returns_what_exists_and_another_request_is_a_conflict()
    {
        var session = _cluster.Session("sesn_2");
        await session.CreateAsync(new CreateSession(Title: "a"));

        Assert.Equal("a", (await session.CreateAsync(new CreateSession(Title: "a"))).Title);
        await Assert.ThrowsAsync<IdempotencyConflictException>(() => session.CreateAsync(new CreateSession(Title: "b")));
    }

    [Fact]
    public async Task Output_that_comes_in_a_burst_is_stored_in_few_appends()
    {
        var session = await _cluster.CreateAsync();
        var agent = await _cluster.AskAsync(session);
        for (var n = 0; n < 500; n++)
        {
            agent.Print($$$"""{"type":"assistant","message":{"id":"msg_{{{n}}}","content":[{"type":"text","text":"{{{n}}}"}]}}""");
        }

        agent.Finish();
        await _cluster.IdleAsync();

        Assert.Equal(Enumerable.Range(0, 500).Select(n => $"{n}"), Answers());
        Assert.True(_cluster.Store.Appends < 500, $"{_cluster.Store.Appends} appends");
    }

    [Fact]
    public async Task Viewers_that_come_and_go_see_every_event_once_and_in_order()
    {
        var session = await _cluster.CreateAsync();
        var agent = await _cluster.AskAsync(session);
        var seen = new List<long>();
        for (var n = 0; n < 20; n++)
        {
            agent.Say($"{n}", $"msg_{n}");
            await foreach (var stored in session.FollowAsync(seen.LastOrDefault(), TestContext.Current.CancellationToken))
            {
                seen.Add(stored.Sequence);
                if (stored.Type == EventTypes.AgentMessage)
                {
                    break;
                }
            }
        }

        Assert.Equal(Enumerable.Range(1, seen.Count).Select(n => (long)n), seen);
    }
}
