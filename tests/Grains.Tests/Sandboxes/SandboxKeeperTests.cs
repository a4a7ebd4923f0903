using System.Text;
using Colloquy.Grains.Sandboxes;
using Xunit;

namespace Colloquy.Grains.Tests.Sandboxes;

/// <summary>Created, kept awake, put to rest, resumed.</summary>
public sealed class SandboxKeeperTests
{
    private static readonly TimeSpan Idle = KeptSandbox.Options.IdleTimeout;

    [Fact]
    public async Task First_turn_creates_a_sandbox_that_outlives_its_deadline_and_is_marked()
    {
        var kept = await KeptSandbox.CreateAsync();

        var sandbox = await kept.BeginTurnAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(["create 660"], kept.Requests());
        Assert.Equal(kept.State.Sandbox!.Id, Encoding.UTF8.GetString(sandbox.Files[WorkspaceMarker.Path]));
        Assert.Null(kept.State.Turn!.Notice);
    }

    [Fact]
    public async Task Turn_that_follows_soon_asks_nothing_of_the_provider()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync();
        kept.Requests();
        kept.Time.Advance(TimeSpan.FromMinutes(4));

        await kept.BeginTurnAsync();

        Assert.Empty(kept.Requests());
    }

    [Fact]
    public async Task End_of_a_turn_makes_the_provider_pause_the_sandbox_after_the_idle_time()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync();
        var sandbox = kept.Sandboxes["sbx1"];

        kept.Time.Advance(Idle - TimeSpan.FromSeconds(1));
        Assert.False(sandbox.IsPaused);
        kept.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(sandbox.IsPaused);
        Assert.Equal(sandbox.Status.EndAt, kept.State.Sandbox!.ExpiresAt);
    }

    [Fact]
    public async Task Sandbox_whose_idle_time_is_over_before_anybody_came_to_say_so_is_paused_at_once()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.BeginTurnAsync();
        await kept.FinishTurnAsync();
        kept.Time.Advance(Idle + TimeSpan.FromSeconds(1));
        Assert.False(kept.Sandboxes["sbx1"].IsPaused);

        await kept.SettleAsync();
        kept.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(kept.Sandboxes["sbx1"].IsPaused);
    }

    [Fact]
    public async Task Paused_sandbox_is_resumed_with_its_files()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync(workspace: "work");
        kept.Time.Advance(TimeSpan.FromHours(3));
        kept.Requests();

        var idle = await kept.RunTurnAsync();

        Assert.Equal(["get sbx1", "connect sbx1 660"], kept.Requests()[..2]);
        Assert.Equal("work", kept.Sandboxes["sbx1"].Workspace);
        Assert.Null(idle.Notice);
    }

    [Fact]
    public async Task Running_sandbox_is_found_again_by_the_next_activation()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync();
        await kept.RestartAsync();
        kept.Requests();

        await kept.BeginTurnAsync();

        Assert.Equal(["get sbx1", "connect sbx1 660"], kept.Requests());
        Assert.Equal(1, kept.Sandboxes.Alive);
    }

    [Fact]
    public async Task Turn_is_kept_awake_in_steps_up_to_its_deadline()
    {
        var kept = await KeptSandbox.CreateAsync();
        var sandbox = await kept.BeginTurnAsync(TimeSpan.FromHours(2));
        using var ends = new CancellationTokenSource();
        var keeping = kept.Keeper.KeepAwakeAsync(kept.State.Turn!.Deadline, ends.Token);
        Assert.Equal(["create 1800"], kept.Requests());

        for (var minute = 0; minute < 120; minute++)
        {
            await LetPassAsync(kept, TimeSpan.FromMinutes(1));
            Assert.False(sandbox.IsPaused);
        }

        Assert.All(kept.Requests(), request => Assert.StartsWith("extend sbx1", request, StringComparison.Ordinal));
        Assert.Equal(kept.State.Turn!.Deadline + TimeSpan.FromMinutes(1), sandbox.Status.EndAt);
        Assert.Equal(sandbox.Status.EndAt, kept.State.Sandbox!.ExpiresAt);
        await ends.CancelAsync();
        await keeping;
    }

    [Fact]
    public async Task Turn_is_never_extended_beyond_the_longest_run()
    {
        var kept = await KeptSandbox.CreateAsync(maxRun: TimeSpan.FromMinutes(50));
        var sandbox = await kept.BeginTurnAsync(TimeSpan.FromHours(2));
        var begun = kept.Time.GetUtcNow();
        using var ends = new CancellationTokenSource();
        var keeping = kept.Keeper.KeepAwakeAsync(kept.State.Turn!.Deadline, ends.Token);

        for (var minute = 0; minute < 49; minute++)
        {
            await LetPassAsync(kept, TimeSpan.FromMinutes(1));
        }

        Assert.Equal(begun + TimeSpan.FromMinutes(50), kept.State.Sandbox!.ExpiresAt);
        Assert.Equal(begun + TimeSpan.FromMinutes(50), sandbox.Status.EndAt);
        await ends.CancelAsync();
        await keeping;
    }

    [Fact]
    public async Task Turn_that_is_over_at_once_needs_no_extension()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync();
        await kept.BeginTurnAsync();
        kept.Requests();
        using var ends = new CancellationTokenSource();
        var keeping = kept.Keeper.KeepAwakeAsync(kept.State.Turn!.Deadline, ends.Token);

        kept.Time.Advance(TimeSpan.FromMilliseconds(900));
        await ends.CancelAsync();
        await keeping;

        Assert.Empty(kept.Requests());
    }

    [Fact]
    public async Task Turn_longer_than_what_is_left_of_the_run_begins_a_new_one()
    {
        var kept = await KeptSandbox.CreateAsync(maxRun: TimeSpan.FromHours(1));
        for (var turn = 0; turn < 12; turn++)
        {
            await kept.RunTurnAsync(TimeSpan.FromMinutes(4));
        }

        kept.Requests();
        var sandbox = await kept.BeginTurnAsync(TimeSpan.FromMinutes(20));

        Assert.Equal(["get sbx1", "pause sbx1", "connect sbx1 1260"], kept.Requests());
        Assert.Equal(kept.Time.GetUtcNow() + TimeSpan.FromMinutes(21), sandbox.Status.EndAt);
    }

    [Fact]
    public async Task Request_that_lets_it_rest_cannot_overtake_the_extension_of_the_next_turn()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.BeginTurnAsync(TimeSpan.FromMinutes(10));
        await kept.FinishTurnAsync();
        var slow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        kept.Sandboxes.Faults.HoldNextTimeout = slow.Task;
        var resting = kept.Keeper.RestAsync();
        kept.Requests();

        var sandbox = await kept.BeginTurnAsync(TimeSpan.FromMinutes(6));
        using var ends = new CancellationTokenSource();
        var keeping = kept.Keeper.KeepAwakeAsync(kept.State.Turn!.Deadline, ends.Token);
        kept.Time.Advance(TimeSpan.FromSeconds(1));
        slow.SetResult();
        await resting;
        await UntilAsync(() => kept.Sandboxes.Requests.Count == 2);

        Assert.Equal(["timeout sbx1 300", "extend sbx1 419"], kept.Requests());
        Assert.Equal(kept.State.Turn!.Deadline + TimeSpan.FromMinutes(1), sandbox.Status.EndAt);
        await ends.CancelAsync();
        await keeping;
    }

    [Fact]
    public async Task Sandbox_whose_marker_is_missing_after_a_pause_is_replaced()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync(workspace: "work");
        kept.Time.Advance(TimeSpan.FromHours(1));
        kept.Sandboxes["sbx1"].Files.Clear();
        kept.Sandboxes["sbx1"].Workspace = "";

        var idle = await kept.RunTurnAsync();

        Assert.Equal("sbx2", idle.Sandbox!.SandboxId);
        Assert.Equal("work", kept.Sandboxes["sbx2"].Workspace);
        Assert.Contains("after turn 1", idle.Notice, StringComparison.Ordinal);
        Assert.Contains("sbx1", kept.Sandboxes.Killed);
    }

    [Fact]
    public async Task Resumed_sandbox_that_could_not_be_verified_is_verified_by_the_next_turn()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync(workspace: "work");
        kept.Time.Advance(TimeSpan.FromHours(1));
        kept.Sandboxes["sbx1"].Files.Clear();
        kept.Sandboxes.Faults.FilesFail = new SandboxException(SandboxFailure.Unavailable, "no answer");
        await kept.SubmitAsync();
        await Assert.ThrowsAsync<SandboxException>(kept.OpenAsync);
        await kept.FinishTurnAsync();
        kept.Sandboxes.Faults.FilesFail = null;

        Assert.Equal("sbx2", (await kept.RunTurnAsync()).Sandbox!.SandboxId);
    }

    private static async Task LetPassAsync(KeptSandbox kept, TimeSpan time)
    {
        kept.Time.Advance(time);
        // What the passing of time has set off ends without any more of it.
        for (var step = 0; step < 3; step++)
        {
            await Task.Delay(1);
            await kept.Journal.Idle;
        }
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        while (!holds())
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
