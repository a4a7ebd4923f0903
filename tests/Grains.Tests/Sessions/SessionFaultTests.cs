using Colloquy.Errors;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Sessions;

/// <summary>Things that go wrong at an awkward moment.</summary>
public sealed class SessionFaultTests : SessionTest
{
    [Fact]
    public async Task Sandbox_that_is_gone_when_it_is_to_be_extended_is_replaced()
    {
        var session = await _cluster.CreateAsync();
        (await _cluster.AskAsync(session)).Finish();
        await _cluster.IdleAsync();
        _cluster.Sandboxes.Lose("sbx1");

        await session.SubmitAsync(new SubmitEvents([new UserMessageRequest(["long"], TimeSpan.FromHours(3))]));
        (await _cluster.Sandboxes.NextProcessAsync()).Finish();

        var idle = await _cluster.IdleAsync(number: 2);
        Assert.Equal((TurnOutcome.Completed, "sbx2"), (idle.Outcome, idle.Sandbox!.SandboxId));
        Assert.NotNull(idle.Notice);
    }

    [Fact]
    public async Task Sandbox_that_cannot_be_killed_is_tried_again_at_intervals_and_holds_up_nobody()
    {
        var ended = await _cluster.CreateAsync("sesn_ended");
        (await _cluster.AskAsync(ended)).Finish();
        await _cluster.IdleAsync("sesn_ended");
        _cluster.Sandboxes.KillFails = new SandboxException(SandboxFailure.Unavailable, "no answer");
        await ended.EndAsync();
        await Task.Delay(500, TestContext.Current.CancellationToken);
        Assert.InRange(_cluster.Sandboxes.KillAttempts, 1, 3);

        var session = await _cluster.CreateAsync();
        var agent = await _cluster.AskAsync(session);
        await _cluster.Cluster.DeactivateAsync(session);
        await _cluster.Sandboxes.NextProcessAsync().WaitAsync(
            TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        agent.Finish();
        _cluster.Sandboxes.KillFails = null;

        await UntilAsync(() => _cluster.Sandboxes.Killed.Contains("sbx1"));
    }

    [Fact]
    public async Task Interrupt_whose_storing_was_not_confirmed_still_reaches_the_agent()
    {
        var session = await _cluster.CreateAsync();
        var agent = await _cluster.AskAsync(session);
        _cluster.Store.AfterAppend = _ =>
        {
            _cluster.Store.AfterAppend = null;
            throw new IOException("connection lost");
        };

        await Assert.ThrowsAsync<OutcomeUnknownException>(() =>
            session.SubmitAsync(new SubmitEvents([new UserInterruptRequest()])));
        await agent.ToldToStop.Task.WaitAsync(TimeSpan.FromSeconds(15), TestContext.Current.CancellationToken);
        agent.Exit(143);

        Assert.Equal(TurnOutcome.Interrupted, (await _cluster.IdleAsync()).Outcome);
    }

    [Fact]
    public async Task Interrupt_that_overtakes_the_start_of_the_agent_is_repeated()
    {
        var session = await _cluster.CreateAsync();
        _cluster.Sandboxes.Faults.StopsBeforeStart = 1;
        var agent = await _cluster.AskAsync(session);

        await session.SubmitAsync(new SubmitEvents([new UserInterruptRequest()]));
        await agent.ToldToStop.Task.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        agent.Exit(143);

        Assert.Equal(TurnOutcome.Interrupted, (await _cluster.IdleAsync()).Outcome);
    }

    [Fact]
    public async Task Conversation_is_complete_after_a_turn_whose_agent_could_not_be_started()
    {
        var session = await _cluster.CreateAsync();
        (await _cluster.AskAsync(session, "remember me")).Finish();
        await _cluster.IdleAsync();
        _cluster.Sandboxes.Faults.StartFails = new SandboxException(SandboxFailure.Refused, "not today");
        await session.SubmitAsync(new SubmitEvents([new UserMessageRequest(["and me"])]));
        await _cluster.IdleAsync(number: 2);
        _cluster.Sandboxes.Faults.StartFails = null;

        var third = await _cluster.AskAsync(session);
        third.Finish();
        await _cluster.IdleAsync(number: 3);
        var fourth = await _cluster.AskAsync(session);
        fourth.Finish();

        Assert.Contains("remember me", third.File("command.sh"), StringComparison.Ordinal);
        Assert.Contains("and me", third.File("command.sh"), StringComparison.Ordinal);
        Assert.DoesNotContain("and me", fourth.File("command.sh"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Agent_that_was_about_to_be_started_is_started_by_the_next_activation()
    {
        var session = await _cluster.CreateAsync();
        _cluster.Sandboxes.Faults.HangNextWrite = true;
        // Too large to travel with the start.
        await session.SubmitAsync(new SubmitEvents([new UserMessageRequest([new string('x', 200_000)])]));
        await _cluster.Sandboxes.Faults.WriteHangs.Task;
        await UntilAsync(() => _cluster.Store.Appends >= 5); // create, submit, lease, open, launch

        await _cluster.Cluster.DeactivateAsync(session);
        (await _cluster.Sandboxes.NextProcessAsync()).Finish();

        Assert.Equal(TurnOutcome.Completed, (await _cluster.IdleAsync()).Outcome);
    }

    [Fact]
    public async Task Ending_while_the_sandbox_is_being_created_leaves_none_behind()
    {
        var session = await _cluster.CreateAsync();
        var created = new TaskCompletionSource();
        _cluster.Sandboxes.HoldNextCreate = created.Task;
        await session.SubmitAsync(new SubmitEvents([new UserMessageRequest(["hello"])]));
        await UntilAsync(() => _cluster.Sandboxes.CreateRequests == 1);

        var ending = session.EndAsync();
        await Task.Delay(300, TestContext.Current.CancellationToken);
        created.SetResult();
        await ending;
        await Task.Delay(300, TestContext.Current.CancellationToken);

        Assert.Equal(0, _cluster.Sandboxes.Alive);
        Assert.Null((await session.GetAsync()).SandboxId);
    }

    [Fact]
    public async Task Interrupt_while_the_sandbox_is_being_created_ends_the_turn_and_the_next_uses_that_sandbox()
    {
        var session = await _cluster.CreateAsync();
        var created = new TaskCompletionSource();
        _cluster.Sandboxes.HoldNextCreate = created.Task;
        await session.SubmitAsync(new SubmitEvents([new UserMessageRequest(["hello"])]));
        await UntilAsync(() => _cluster.Sandboxes.CreateRequests == 1);

        await session.SubmitAsync(new SubmitEvents([new UserInterruptRequest()]));
        Assert.Equal(TurnOutcome.Interrupted, (await _cluster.IdleAsync()).Outcome);
        var asking = _cluster.AskAsync(session);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        created.SetResult();
        (await asking).Finish();

        Assert.Equal(TurnOutcome.Completed, (await _cluster.IdleAsync(number: 2)).Outcome);
        Assert.Equal(1, _cluster.Sandboxes.Alive);
    }

    [Fact]
    public async Task Cancellation_that_nobody_asked_for_fails_the_turn_instead_of_leaving_it_running()
    {
        var session = await _cluster.CreateAsync();
        _cluster.Sandboxes.CreateFails = new TaskCanceledException("a timeout in some library");

        await session.SubmitAsync(new SubmitEvents([new UserMessageRequest(["hello"])]));

        Assert.Equal(TurnOutcome.Failed, (await _cluster.IdleAsync()).Outcome);
    }

    [Fact]
    public async Task Viewers_do_not_hold_up_a_session_that_has_to_read_itself_again()
    {
        var session = await _cluster.CreateAsync();
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var viewer = session.FollowAsync(0, leave.Token).GetAsyncEnumerator(leave.Token);
        var seeing = viewer.MoveNextAsync().AsTask();
        await Task.Delay(200, TestContext.Current.CancellationToken);
        _cluster.Store.BeforeAppend = _ => throw new IOException("disk on fire");
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => session.EndAsync());
        _cluster.Store.BeforeAppend = null;

        await session.EndAsync().WaitAsync(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);

        await leave.CancelAsync();
        await Task.WhenAny(seeing);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Model_call_that_is_cut_off_by_a_loss_is_booked_with_what_was_seen_of_it(bool sandboxIsLost)
    {
        var session = await _cluster.CreateAsync();
        var agent = await _cluster.AskAsync(session);
        agent.Print("""{"type":"stream_event","event":{"type":"message_start","message":{"id":"msg_1","model":"offline-1","usage":{"input_tokens":10,"output_tokens":1} } } }""");
        await UntilAsync(() => _cluster.Store.Events(Id).Any(e => e.Type == EventTypes.ModelRequestStart));
        if (sandboxIsLost)
        {
            _cluster.Sandboxes.Lose("sbx1");
        }
        else
        {
            agent.Close();
        }

        var idle = await _cluster.IdleAsync();

        Assert.Equal(ErrorCategory.SandboxError, _cluster.Single<SessionErrorEvent>().Error.Category);
        Assert.True(_cluster.Single<ModelRequestEnd>().Incomplete);
        Assert.Equal(11, idle.Cost.Tokens.Total);
        Assert.Equal(11, _cluster.Store.Booked(Id).Tokens.Total);
    }

    [Fact]
    public async Task Stream_may_break_any_number_of_times_as_long_as_the_agent_goes_on()
    {
        var session = await _cluster.CreateAsync();
        var agent = await _cluster.AskAsync(session);
        for (var n = 0; n < 9; n++)
        {
            agent.Say($"{n}", $"msg_{n}");
            var answers = n + 1;
            await UntilAsync(() => _cluster.Store.Events(Id).Count(e => e.Type == EventTypes.ModelRequestEnd) == answers);
            agent.BreakStreams();
            await _cluster.Sandboxes.NextProcessAsync();
        }

        agent.Finish();

        Assert.Equal(TurnOutcome.Completed, (await _cluster.IdleAsync()).Outcome);
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (!holds())
        {
            await Task.Delay(20, patience.Token);
        }
    }
}
