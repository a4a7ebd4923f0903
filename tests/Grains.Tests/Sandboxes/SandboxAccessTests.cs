using Colloquy.Grains.Sandboxes;
using Colloquy.Grains.Sessions;
using Colloquy.Grains.Tests.Fakes;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Sandboxes;

/// <summary>Files are read and written between turns, and during them.</summary>
public sealed class SandboxAccessTests
{
    private static readonly TimeSpan Idle = KeptSandbox.Options.IdleTimeout;

    [Fact]
    public async Task Reading_creates_nothing()
    {
        var kept = await KeptSandbox.CreateAsync();

        Assert.Null(await AccessAsync(kept, create: false));
        Assert.Empty(kept.Requests());
        Assert.Null(kept.State.Sandbox);
    }

    [Fact]
    public async Task Writing_creates_a_sandbox_for_the_idle_time_and_the_first_turn_uses_it()
    {
        var kept = await KeptSandbox.CreateAsync();

        var sandbox = await AccessAsync(kept, create: true);
        kept.Time.Advance(TimeSpan.FromSeconds(30));
        var turn = await kept.RunTurnAsync(TimeSpan.FromSeconds(10));

        Assert.Equal("create 300", kept.Requests()[0]);
        Assert.Equal(sandbox!.Id, turn.Sandbox!.SandboxId);
        Assert.Equal([(30, false)], kept.IdleStretches());
        Assert.Equal(10, turn.Sandbox.Seconds);
        Assert.Null(turn.Notice);
    }

    [Fact]
    public async Task Access_keeps_the_sandbox_running_for_the_idle_time_and_the_session_pays_for_it()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync();
        kept.Time.Advance(TimeSpan.FromMinutes(4));

        await AccessAsync(kept, create: false);
        kept.Time.Advance(TimeSpan.FromMinutes(4));
        var turn = await kept.RunTurnAsync(TimeSpan.FromSeconds(10));

        Assert.Equal("sbx1", turn.Sandbox!.SandboxId);
        Assert.Equal([(480, false)], kept.IdleStretches());
        Assert.Equal(10, turn.Sandbox.Seconds);
        Assert.Equal(kept.Store.Booked(KeptSandbox.Id).SandboxSeconds, kept.State.Totals.SandboxSeconds);
    }

    [Fact]
    public async Task Access_soon_after_another_changes_nothing()
    {
        var kept = await KeptSandbox.CreateAsync();
        await AccessAsync(kept, create: true);
        kept.Requests();
        kept.Time.Advance(TimeSpan.FromMinutes(1));

        await AccessAsync(kept, create: false);

        Assert.Equal(["get sbx1"], kept.Requests());
    }

    [Fact]
    public async Task Paused_sandbox_is_resumed_and_the_pause_is_not_paid_for()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync(workspace: "work");
        kept.Time.Advance(TimeSpan.FromHours(3));
        kept.Requests();

        var sandbox = (ScriptedSandbox?)await AccessAsync(kept, create: false);
        var end = sandbox!.Status.EndAt;
        kept.Time.Advance(TimeSpan.FromHours(1));
        await kept.RunTurnAsync();

        Assert.Equal("work", sandbox.Workspace);
        Assert.Equal(kept.Time.GetUtcNow() - TimeSpan.FromSeconds(10) - TimeSpan.FromHours(1) + Idle, end);
        Assert.Equal([(Idle.TotalSeconds, false), (Idle.TotalSeconds, false)], kept.IdleStretches());
    }

    [Fact]
    public async Task Access_in_a_turn_leaves_the_sandbox_as_the_turn_wants_it()
    {
        var kept = await KeptSandbox.CreateAsync();
        var running = await kept.BeginTurnAsync(TimeSpan.FromMinutes(10));
        var end = running.Status.EndAt;
        kept.Requests();
        kept.Time.Advance(TimeSpan.FromMinutes(5));

        Assert.Same(running, await AccessAsync(kept, create: true));
        Assert.Empty(kept.Requests());
        Assert.Equal(end, running.Status.EndAt);
    }

    [Fact]
    public async Task Sandbox_of_a_launched_turn_is_for_that_turn_to_give_up()
    {
        var kept = await KeptSandbox.CreateAsync();
        var running = await kept.BeginTurnAsync();
        kept.Keeper.Forget();
        running.Lose();

        Assert.Null(await AccessAsync(kept, create: true));
        Assert.Equal(running.Id, kept.State.Sandbox!.SandboxId);
        Assert.Equal(1, kept.Sandboxes.Created);
    }

    [Fact]
    public async Task Lost_sandbox_with_a_checkpoint_is_rebuilt_for_a_reader_and_the_next_turn_says_so()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync(workspace: "work");
        kept.Sandboxes.Lose("sbx1");

        var sandbox = (ScriptedSandbox?)await AccessAsync(kept, create: false);
        var turn = await kept.RunTurnAsync();
        var next = await kept.RunTurnAsync();

        Assert.Equal(("sbx2", "work"), (sandbox!.Id, sandbox.Workspace));
        Assert.Contains("after turn 1", turn.Notice, StringComparison.Ordinal);
        Assert.Null(next.Notice);
    }

    [Fact]
    public async Task Lost_sandbox_of_which_nothing_was_saved_is_not_rebuilt_for_a_reader()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync();
        kept.Sandboxes.Lose("sbx1");

        Assert.Null(await AccessAsync(kept, create: false));
        Assert.Equal(1, kept.Sandboxes.Created);
    }

    [Fact]
    public async Task Upload_and_first_turn_at_the_same_time_share_one_sandbox()
    {
        var kept = await KeptSandbox.CreateAsync();
        var slow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        kept.Sandboxes.HoldNextCreate = slow.Task;

        var upload = AccessAsync(kept, create: true);
        await kept.SubmitAsync();
        var turn = kept.OpenAsync();
        slow.SetResult();

        Assert.Same(await upload, await turn);
        Assert.Equal(1, kept.Sandboxes.CreateRequests);
    }

    [Fact]
    public async Task Whoever_gives_up_waiting_does_not_let_two_in_at_once()
    {
        var kept = await KeptSandbox.CreateAsync();
        var slow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        kept.Sandboxes.HoldNextCreate = slow.Task;
        using var impatience = new CancellationTokenSource();

        var first = AccessAsync(kept, create: true);
        var second = kept.Keeper.AccessAsync(create: true, impatience.Token);
        var third = AccessAsync(kept, create: true);
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        slow.SetResult();

        Assert.Same(await first, await third);
        Assert.Equal(1, kept.Sandboxes.CreateRequests);
    }

    [Fact]
    public async Task Session_that_has_ended_leases_no_sandbox()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.Journal.CommitAsync(change => SessionMachine.End(change, null));

        await Assert.ThrowsAsync<SessionEndedException>(() => AccessAsync(kept, create: true));
        Assert.Null(kept.State.Sandbox);
        Assert.Empty(kept.Requests());
    }

    private static Task<ISandbox?> AccessAsync(KeptSandbox kept, bool create) =>
        kept.Keeper.AccessAsync(create, CancellationToken.None);
}
