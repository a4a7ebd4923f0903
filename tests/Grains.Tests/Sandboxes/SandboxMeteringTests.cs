using Colloquy.Costs;
using Colloquy.Grains.Sandboxes;
using Colloquy.Grains.Sessions;
using Colloquy.Sessions;
using CsCheck;
using Xunit;

namespace Colloquy.Grains.Tests.Sandboxes;

/// <summary>Which seconds are booked, and to whom.</summary>
public sealed class SandboxMeteringTests
{
    private static readonly TimeSpan Idle = KeptSandbox.Options.IdleTimeout;

    [Fact]
    public async Task Idle_time_of_a_sandbox_that_stayed_awake_rides_on_the_next_turn_and_belongs_to_the_session()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync(TimeSpan.FromSeconds(10));
        kept.Time.Advance(TimeSpan.FromSeconds(60));

        var second = await kept.RunTurnAsync(TimeSpan.FromSeconds(7));

        Assert.Equal([(60.0, false)], kept.IdleStretches());
        Assert.Equal(7, second.Sandbox!.Seconds);
        Assert.Equal(77, kept.State.Totals.SandboxSeconds);
    }

    [Fact]
    public async Task Idle_time_stops_at_the_pause()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync(TimeSpan.FromSeconds(10));
        kept.Time.Advance(TimeSpan.FromHours(5));

        var second = await kept.RunTurnAsync(TimeSpan.FromSeconds(7));

        Assert.Equal([(Idle.TotalSeconds, false)], kept.IdleStretches());
        Assert.Equal(7, second.Sandbox!.Seconds);
    }

    [Fact]
    public async Task Pause_that_came_early_ends_the_stretch_where_the_provider_says()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync();
        kept.Time.Advance(TimeSpan.FromSeconds(30));
        kept.Sandboxes["sbx1"].Pause();
        kept.Time.Advance(TimeSpan.FromSeconds(90));
        await kept.RestartAsync();

        await kept.RunTurnAsync();

        Assert.Equal([(30.0, false)], kept.IdleStretches());
    }

    [Fact]
    public async Task Time_of_a_sandbox_that_vanished_is_estimated_up_to_its_last_known_end()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync();
        kept.Sandboxes.Lose("sbx1");
        kept.Time.Advance(TimeSpan.FromHours(5));

        await kept.RunTurnAsync();

        Assert.Equal([(Idle.TotalSeconds, true)], kept.IdleStretches());
    }

    [Fact]
    public async Task Turn_whose_sandbox_vanished_is_booked_as_estimated()
    {
        var kept = await KeptSandbox.CreateAsync();
        (await kept.BeginTurnAsync()).Lose();
        kept.Time.Advance(TimeSpan.FromSeconds(20));
        await kept.FinishTurnAsync(gone: true);

        var idle = kept.Events.OfType<StatusIdle>().Single();
        Assert.Equal((20.0, true), (idle.Sandbox!.Seconds, idle.Sandbox.Estimated));
    }

    [Fact]
    public async Task Turn_that_could_not_look_at_its_sandbox_does_not_pay_for_the_time_before_it()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync();
        kept.Time.Advance(TimeSpan.FromHours(1));
        kept.Sandboxes.GetFails = new SandboxException(SandboxFailure.Unavailable, "no answer");
        await kept.SubmitAsync();
        await Assert.ThrowsAsync<SandboxException>(kept.OpenAsync);
        await kept.FinishTurnAsync();
        kept.Sandboxes.GetFails = null;

        await kept.RunTurnAsync();

        Assert.Null(kept.Events.OfType<StatusIdle>().ElementAt(1).Sandbox);
        Assert.Equal([(Idle.TotalSeconds, false)], kept.IdleStretches());
    }

    [Fact]
    public async Task Pause_in_mid_turn_is_not_paid_for()
    {
        var kept = await KeptSandbox.CreateAsync();
        var sandbox = await kept.BeginTurnAsync();
        kept.Time.Advance(TimeSpan.FromSeconds(10));
        sandbox.Pause();
        kept.Time.Advance(TimeSpan.FromSeconds(100));
        kept.Keeper.Forget();
        await kept.Keeper.ReopenAsync(kept.State.Turn!.Deadline, CancellationToken.None);
        kept.Time.Advance(TimeSpan.FromSeconds(5));
        await kept.FinishTurnAsync();

        var idle = kept.Events.OfType<StatusIdle>().Single();
        Assert.Equal(15, idle.Cost.SandboxSeconds);
        Assert.Equal(5, idle.Sandbox!.Seconds);
    }

    [Theory]
    [InlineData(false, 300.0, false)]
    [InlineData(true, 300.0, true)]
    public async Task End_of_the_session_asks_how_long_its_sandbox_ran(bool lost, double seconds, bool estimated)
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync();
        kept.Time.Advance(TimeSpan.FromHours(1));
        if (lost)
        {
            kept.Sandboxes.Lose("sbx1");
        }

        var run = await kept.Keeper.LookAsync(CancellationToken.None);
        await kept.Journal.CommitAsync(change => SessionMachine.End(change, run));

        var last = kept.Events.OfType<StatusTerminated>().Single().IdleSandbox!;
        Assert.Equal((seconds, estimated), (last.Seconds, last.Estimated));
    }

    /// <summary>What happens to a session; the seconds that pass with it.</summary>
    private static readonly Gen<(int What, int Seconds)> Steps = Gen.Select(Gen.Int[0, 6], Gen.Int[1, 700]);

    [Fact]
    public async Task Books_equal_the_time_that_sandboxes_ran_whatever_happens() =>
        await Steps.Array[1, 25].SampleAsync(CheckAsync, iter: 150);

    private static async Task CheckAsync((int What, int Seconds)[] steps)
    {
        var kept = await KeptSandbox.CreateAsync();
        foreach (var (what, seconds) in steps)
        {
            await ApplyAsync(kept, what, TimeSpan.FromSeconds(seconds));
        }

        await kept.RunTurnAsync();

        var booked = kept.Store.Booked(KeptSandbox.Id);
        Assert.Equal(booked.TotalNanoUsd, kept.State.Totals.TotalNanoUsd);
        var turns = kept.Events.OfType<StatusIdle>().Aggregate(CostTotals.Zero, (sum, idle) => sum + idle.Cost);
        var idle = kept.IdleStretches().ToList();
        Assert.Equal(booked.SandboxSeconds, turns.SandboxSeconds + idle.Sum(stretch => stretch.Seconds), 3);
        Assert.Equal(booked.SandboxNanoUsd, turns.SandboxNanoUsd + IdleNanoUsd(kept));
        if (!kept.Sandboxes.All.Any(sandbox => sandbox.IsGone))
        {
            Assert.Equal(kept.Sandboxes.All.Sum(sandbox => sandbox.RanFor.TotalSeconds) - KeptSinceLastTurn(kept), booked.SandboxSeconds, 3);
        }
    }

    private static long IdleNanoUsd(KeptSandbox kept) =>
        kept.Store.Ledger.Where(entry => entry.Turn is null).Sum(entry => entry.NanoUsd!.Value);

    private static double KeptSinceLastTurn(KeptSandbox kept) =>
        (kept.Time.GetUtcNow() - kept.Store.Events(KeptSandbox.Id)[^1].CreatedAt).TotalSeconds;

    private static async Task ApplyAsync(KeptSandbox kept, int what, TimeSpan time)
    {
        switch (what)
        {
            case 0 or 1:
                // Shorter than the least time that an open sandbox has left.
                await kept.RunTurnAsync(TimeSpan.FromSeconds(time.TotalSeconds % 14), workspace: $"{time}");
                break;
            case 2:
                kept.Time.Advance(time);
                break;
            case 3:
                kept.Sandboxes.Newest?.Pause();
                await kept.RestartAsync();
                break;
            case 4:
                kept.Sandboxes.Newest?.Lose();
                await kept.RestartAsync();
                break;
            case 5:
                await kept.RestartAsync();
                break;
            case 6:
                await kept.BeginTurnAsync();
                await kept.RestartAsync();
                kept.Time.Advance(TimeSpan.FromSeconds(time.TotalSeconds % 100));
                await kept.OpenAsync();
                await kept.FinishTurnAsync();
                break;
        }
    }
}
