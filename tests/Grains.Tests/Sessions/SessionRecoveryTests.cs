using Colloquy.Errors;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Sessions;

/// <summary>What happens when an activation, the store, a stream or a sandbox fails.</summary>
public sealed class SessionRecoveryTests : SessionTest
{
    [Fact]
    public async Task Session_comes_back_with_everything_after_deactivation()
    {
        var session = await _cluster.CreateAsync();
        (await _cluster.AskAsync(session)).Finish();
        await _cluster.IdleAsync();
        var before = await session.GetAsync();

        await _cluster.Cluster.DeactivateAsync(session);

        var after = await session.GetAsync();
        Assert.Equivalent(before, after);
        (await _cluster.AskAsync(session)).Finish();
        Assert.Equal("sbx1", (await _cluster.IdleAsync(number: 2)).Sandbox!.SandboxId);
    }

    [Fact]
    public async Task Deactivation_in_mid_turn_lets_the_agent_run_and_reads_it_to_the_end_without_doubles()
    {
        var session = await _cluster.CreateAsync();
        var agent = await _cluster.AskAsync(session);
        agent.Say("before", "msg_1");
        await SaidAsync("before");

        await _cluster.Cluster.DeactivateAsync(session);
        await _cluster.Sandboxes.NextProcessAsync();
        agent.Say("after", "msg_2");
        agent.Finish();
        var idle = await _cluster.IdleAsync();

        Assert.Equal(TurnOutcome.Completed, idle.Outcome);
        Assert.Equal(["before", "after"], Answers());
        Assert.Equal(2, idle.Cost.ModelCalls);
    }

    [Fact]
    public async Task Store_that_fails_before_storing_changes_nothing_and_the_session_goes_on()
    {
        var session = await _cluster.CreateAsync();
        _cluster.Store.BeforeAppend = _ => throw new IOException("disk on fire");
        await Assert.ThrowsAsync<OutcomeUnknownException>(() =>
            session.SubmitAsync(new SubmitEvents([new UserMessageRequest(["lost"])], "key")));
        _cluster.Store.BeforeAppend = null;

        await session.SubmitAsync(new SubmitEvents([new UserMessageRequest(["lost"])], "key"));
        (await _cluster.Sandboxes.NextProcessAsync()).Finish();

        await _cluster.IdleAsync();
        Assert.Single(_cluster.Store.Events(Id), e => e.Type == EventTypes.UserMessage);
    }

    [Fact]
    public async Task Message_that_was_stored_although_the_store_failed_is_answered_without_being_sent_again()
    {
        var session = await _cluster.CreateAsync();
        _cluster.Store.AfterAppend = _ => throw new IOException("connection lost");
        await Assert.ThrowsAsync<OutcomeUnknownException>(() =>
            session.SubmitAsync(new SubmitEvents([new UserMessageRequest(["stored"])], "key")));
        _cluster.Store.AfterAppend = null;

        (await _cluster.Sandboxes.NextProcessAsync()).Finish();

        Assert.Equal(TurnOutcome.Completed, (await _cluster.IdleAsync()).Outcome);
    }

    [Fact]
    public async Task Unknown_outcome_in_mid_turn_loses_and_doubles_nothing()
    {
        var session = await _cluster.CreateAsync();
        var agent = await _cluster.AskAsync(session);
        agent.Say("one", "msg_1");
        await SaidAsync("one");
        var failed = new TaskCompletionSource();
        _cluster.Store.AfterAppend = _ =>
        {
            _cluster.Store.AfterAppend = null;
            failed.SetResult();
            throw new IOException("connection lost");
        };
        agent.Say("two", "msg_2");
        await failed.Task;
        await _cluster.Sandboxes.NextProcessAsync();
        agent.Finish();

        var idle = await _cluster.IdleAsync();

        Assert.Equal(["one", "two"], Answers());
        Assert.Equal(30, idle.Cost.Tokens.Total);
        Assert.Equal(_cluster.Store.Booked(Id).Tokens, (await session.GetAsync()).Totals.Tokens);
    }

    [Fact]
    public async Task Sandbox_lost_between_turns_is_replaced_with_the_conversation_and_the_user_is_told()
    {
        var session = await _cluster.CreateAsync();
        var first = await _cluster.AskAsync(session, "remember me");
        first.Say("I will");
        first.Finish();
        await _cluster.IdleAsync();
        _cluster.Sandboxes.Lose("sbx1");

        var second = await _cluster.AskAsync(session);
        second.Finish();

        var idle = await _cluster.IdleAsync(number: 2);
        Assert.Equal("sbx2", idle.Sandbox!.SandboxId);
        Assert.NotNull(idle.Notice);
        Assert.Contains(
            """
            {"role":"user","text":"remember me"}
            {"role":"assistant","text":"I will"}
            """, second.File("command.sh"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sandbox_lost_in_mid_turn_ends_it_as_sandbox_error_and_the_next_message_is_answered()
    {
        var session = await _cluster.CreateAsync();
        var agent = await _cluster.AskAsync(session);
        agent.Say("working");
        await SaidAsync("working");
        _cluster.Sandboxes.Lose("sbx1");
        await _cluster.IdleAsync();

        (await _cluster.AskAsync(session)).Finish();

        Assert.Equal(TurnOutcome.Completed, (await _cluster.IdleAsync(number: 2)).Outcome);
        Assert.Equal(ErrorCategory.SandboxError, _cluster.Single<SessionErrorEvent>().Error.Category);
    }

    [Fact]
    public async Task Provider_that_refuses_fails_the_turn_as_sandbox_error()
    {
        var session = await _cluster.CreateAsync();
        _cluster.Sandboxes.CreateFails = new SandboxException(SandboxFailure.LimitReached, "20 sandboxes run already.");

        await session.SubmitAsync(new SubmitEvents([new UserMessageRequest(["hi"])]));
        await _cluster.IdleAsync();

        var error = _cluster.Single<SessionErrorEvent>().Error;
        Assert.Equal((ErrorCategory.SandboxError, "sandbox_limit"), (error.Category, error.Code));
    }

    [Fact]
    public async Task Agent_that_repeats_an_id_is_recorded_once_and_the_turn_ends()
    {
        var session = await _cluster.CreateAsync();
        var agent = await _cluster.AskAsync(session);
        agent.Say("once");
        agent.Say("once");
        agent.Finish();

        await _cluster.IdleAsync();

        Assert.Equal(_cluster.Store.Events(Id).Count, _cluster.Store.Events(Id).Select(e => e.Id).Distinct().Count());
    }

    [Fact]
    public async Task Stream_that_breaks_is_taken_up_again_without_doubles()
    {
        var session = await _cluster.CreateAsync();
        var agent = await _cluster.AskAsync(session);
        agent.Say("one", "msg_1");
        await SaidAsync("one");

        agent.BreakStreams();
        await _cluster.Sandboxes.NextProcessAsync();
        agent.Say("two", "msg_2");
        agent.Finish();

        var idle = await _cluster.IdleAsync();
        Assert.Equal(TurnOutcome.Completed, idle.Outcome);
        Assert.Equal(["one", "two"], Answers());
    }

    [Fact]
    public async Task Sandbox_paused_in_mid_turn_ends_it_as_sandbox_error_and_the_next_turn_resumes_it()
    {
        var session = await _cluster.CreateAsync();
        var agent = await _cluster.AskAsync(session);
        agent.Say("working");
        await SaidAsync("working");
        _cluster.Sandboxes["sbx1"].Pause();
        await _cluster.IdleAsync();

        (await _cluster.AskAsync(session)).Finish();

        var idle = await _cluster.IdleAsync(number: 2);
        Assert.Equal((TurnOutcome.Completed, "sbx1", null), (idle.Outcome, idle.Sandbox!.SandboxId, idle.Notice));
        Assert.Equal("agent_lost", _cluster.Single<SessionErrorEvent>().Error.Code);
    }

    [Fact]
    public async Task Files_of_a_lost_sandbox_come_back_from_the_checkpoint_after_the_turn()
    {
        var session = await _cluster.CreateAsync();
        var agent = await _cluster.AskAsync(session);
        _cluster.Sandboxes["sbx1"].Workspace = "work";
        agent.Finish();
        await _cluster.IdleAsync();
        while ((await session.GetAsync()).Workspace is not { CheckpointTurn: 1 })
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        _cluster.Sandboxes.Lose("sbx1");
        (await _cluster.AskAsync(session)).Finish();

        var idle = await _cluster.IdleAsync(number: 2);
        Assert.Contains("after turn 1", idle.Notice, StringComparison.Ordinal);
        Assert.Equal("work", _cluster.Sandboxes["sbx2"].Workspace);
    }

    [Fact]
    public async Task Checkpoint_delays_neither_the_end_of_its_turn_nor_the_next_turn()
    {
        var session = await _cluster.CreateAsync();
        var agent = await _cluster.AskAsync(session);
        _cluster.Sandboxes["sbx1"].Workspace = "work";
        _cluster.Sandboxes.Faults.HoldNextPack = new TaskCompletionSource().Task;
        agent.Finish();
        await _cluster.IdleAsync();
        await _cluster.Sandboxes.Faults.PackHangs.Task;

        (await _cluster.AskAsync(session)).Finish();

        Assert.Equal(TurnOutcome.Completed, (await _cluster.IdleAsync(number: 2)).Outcome);
        while ((await session.GetAsync()).Workspace is not { CheckpointTurn: 2 })
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
