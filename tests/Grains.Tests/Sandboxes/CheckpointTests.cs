using Colloquy.Grains.Sandboxes;
using Colloquy.Grains.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Sandboxes;

/// <summary>Copies of the workspace, and sandboxes that begin with one.</summary>
public sealed class CheckpointTests
{
    [Fact]
    public async Task Turn_that_changed_the_workspace_leaves_a_checkpoint_and_the_one_before_is_deleted()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync(workspace: "one");
        await kept.RunTurnAsync(workspace: "two");

        var stored = Assert.Single(kept.Checkpoints.Stored);
        Assert.Equal("two"u8.ToArray(), stored.Value);
        Assert.Equal((stored.Key.Hash, 2, 3), (kept.State.Checkpoint!.Hash, kept.State.Checkpoint.Turn, kept.State.Checkpoint.Bytes));
    }

    [Fact]
    public async Task Turn_that_changed_nothing_leaves_none()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync();
        Assert.Null(kept.State.Checkpoint);

        await kept.RunTurnAsync(workspace: "one");
        await kept.RunTurnAsync();

        Assert.Equal(2, kept.State.Checkpoint!.Turn);
    }

    [Fact]
    public async Task Lost_sandbox_is_rebuilt_from_its_checkpoint_and_the_notice_says_from_when()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync(workspace: "one");
        var sandbox = await kept.BeginTurnAsync();
        sandbox.Workspace = "two, never copied";
        await kept.FinishTurnAsync();
        sandbox.Lose();
        kept.Time.Advance(TimeSpan.FromHours(1));

        var idle = await kept.RunTurnAsync();

        Assert.Equal("one", kept.Sandboxes["sbx2"].Workspace);
        Assert.Contains("after turn 1 (2026-11-23 08:00:10 UTC)", idle.Notice, StringComparison.Ordinal);
        // What was restored is what was copied.
        Assert.Equal(1, kept.State.Checkpoint!.Turn);
        Assert.Null((await kept.RunTurnAsync()).Notice);
    }

    [Fact]
    public async Task Sandbox_lost_in_mid_turn_is_rebuilt_by_the_next_turn()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync(workspace: "one");
        (await kept.BeginTurnAsync()).Lose();
        await kept.FinishTurnAsync(gone: true);

        var idle = await kept.RunTurnAsync();

        Assert.Equal("one", kept.Sandboxes["sbx2"].Workspace);
        Assert.Contains("after turn 1", idle.Notice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lost_sandbox_without_a_checkpoint_is_replaced_and_the_notice_says_that_files_are_lost()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync();
        kept.Sandboxes.Lose("sbx1");
        kept.Time.Advance(TimeSpan.FromHours(1));

        Assert.Contains("files in the old one are lost", (await kept.RunTurnAsync()).Notice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checkpoint_that_is_missing_is_not_used_and_the_notice_says_so()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync(workspace: "one");
        kept.Checkpoints.Stored.Clear();
        kept.Sandboxes.Lose("sbx1");
        kept.Time.Advance(TimeSpan.FromHours(1));

        Assert.Contains("missing or damaged", (await kept.RunTurnAsync()).Notice, StringComparison.Ordinal);
        Assert.Null(kept.State.Checkpoint);
    }

    [Fact]
    public async Task Workspace_that_became_too_large_is_said_once_and_the_last_copy_is_kept()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync(workspace: "one");
        var sandbox = kept.Sandboxes["sbx1"];
        sandbox.IsTooLarge = true;
        sandbox.Workspace = "large";
        Assert.Equal(CheckpointOutcome.BecameTooLarge, await kept.Taker.TakeAsync(sandbox, CancellationToken.None));
        sandbox.Workspace = "larger";
        Assert.Equal(CheckpointOutcome.NotNeeded, await kept.Taker.TakeAsync(sandbox, CancellationToken.None));

        Assert.Equal((1, 1), (kept.State.Checkpoint!.Turn, kept.State.Oversized!.SinceTurn));
        sandbox.Lose();
        kept.Time.Advance(TimeSpan.FromHours(1));
        Assert.Contains("Since turn 1 they were too large", (await kept.RunTurnAsync()).Notice, StringComparison.Ordinal);
        Assert.Null(kept.State.Oversized);
    }

    [Fact]
    public async Task Copy_that_the_next_turn_cuts_off_is_not_used_and_taken_after_that_turn()
    {
        var kept = await KeptSandbox.CreateAsync();
        var sandbox = await kept.BeginTurnAsync();
        sandbox.Workspace = "one";
        await kept.FinishTurnAsync();
        var never = new TaskCompletionSource();
        kept.Sandboxes.Faults.HoldNextPack = never.Task;
        using var nextTurn = new CancellationTokenSource();
        var taking = kept.Taker.TakeAsync(sandbox, nextTurn.Token);
        await kept.Sandboxes.Faults.PackHangs.Task;

        await nextTurn.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => taking);

        Assert.Null(kept.State.Checkpoint);
        Assert.Empty(kept.Checkpoints.Stored);
        Assert.Equal("discard sbx1", kept.Requests()[^1]);
        await kept.RunTurnAsync();
        Assert.Equal("one"u8.ToArray(), Assert.Single(kept.Checkpoints.Stored).Value);
    }

    [Fact]
    public async Task Copy_of_a_sandbox_that_was_lost_meanwhile_is_thrown_away()
    {
        var kept = await KeptSandbox.CreateAsync();
        var sandbox = await kept.BeginTurnAsync();
        sandbox.Workspace = "one";
        await kept.FinishTurnAsync();
        var ended = Task.CompletedTask;
        kept.Checkpoints.BeforePut = () => ended = kept.Journal.CommitAsync(SessionMachine.LoseSandbox);

        await kept.Taker.TakeAsync(sandbox, CancellationToken.None);
        await ended;

        Assert.Null(kept.State.Checkpoint);
        Assert.Empty(kept.Checkpoints.Stored);
    }

    [Fact]
    public async Task End_of_the_session_kills_the_sandbox_and_deletes_the_copy()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync(workspace: "one");
        await kept.Journal.CommitAsync(change => SessionMachine.End(change));
        Assert.True(kept.State.Unsettled);

        await kept.Keeper.KillAsync(CancellationToken.None);

        Assert.Equal(0, kept.Sandboxes.Alive);
        Assert.Empty(kept.Checkpoints.Stored);
        Assert.False(kept.State.Unsettled);
    }
}
