using Colloquy.Grains.Sandboxes;
using Colloquy.Grains.Sessions;
using Colloquy.Sessions;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Colloquy.Grains.Tests.Sandboxes;

/// <summary>
/// The activation is dropped before and after each thing that is stored, hence between every two effects; whoever
/// comes next goes on with what is stored.
/// </summary>
public sealed class SandboxCrashTests
{
    private const int MoreThanAllAppends = 40;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Session_goes_on_whenever_its_activation_is_dropped(bool beforeItIsStored)
    {
        for (var point = 2; point <= MoreThanAllAppends; point++)
        {
            await PlayAsync(point, beforeItIsStored);
        }
    }

    private static async Task PlayAsync(int point, bool beforeItIsStored)
    {
        var kept = await KeptSandbox.CreateAsync();
        void Crash(int append)
        {
            if (append == point)
            {
                throw new IOException($"crash at append {point}");
            }
        }

        if (beforeItIsStored)
        {
            kept.Store.BeforeAppend = Crash;
        }
        else
        {
            kept.Store.AfterAppend = Crash;
        }

        await RepeatAsync(kept, () => TurnAsync(kept, 1, "one"));
        kept.Time.Advance(TimeSpan.FromHours(1));
        await RepeatAsync(kept, () => TurnAsync(kept, 2, "one"));
        kept.Sandboxes.Lose(kept.State.Sandbox!.SandboxId!);
        kept.Time.Advance(TimeSpan.FromHours(1));
        await RepeatAsync(kept, () => TurnAsync(kept, 3, null));
        Assert.Equal("one", kept.Sandboxes[kept.State.Sandbox!.SandboxId!].Workspace);
        Assert.Contains(kept.Events.OfType<StatusIdle>(), idle => idle.Notice?.Contains("after turn", StringComparison.Ordinal) == true);
        await SweepAsync(kept);
        Assert.Equal(1, kept.Sandboxes.Alive);

        await RepeatAsync(kept, () => EndAsync(kept));

        await SweepAsync(kept);
        Assert.Equal(0, kept.Sandboxes.Alive);
        Assert.Empty(kept.Checkpoints.Stored);
        var ids = kept.Store.Events(KeptSandbox.Id).Select(stored => stored.Id).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Equal(kept.Store.Booked(KeptSandbox.Id).TotalNanoUsd, kept.State.Totals.TotalNanoUsd);
    }

    private static async Task RepeatAsync(KeptSandbox kept, Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (OutcomeUnknownException)
        {
            await kept.RestartAsync();
            await step();
        }
    }

    private static async Task TurnAsync(KeptSandbox kept, int number, string? workspace)
    {
        if (kept.State.Turns < number)
        {
            await kept.SubmitAsync();
        }

        if (kept.State.Turn is { } turn)
        {
            var sandbox = await kept.OpenAsync();
            await kept.Journal.CommitAsync(change => SessionMachine.Launch(change, turn.Id, kept.Keeper.TurnUntil(turn.Deadline)));
            kept.Sandboxes[sandbox.Id].Workspace = workspace ?? kept.Sandboxes[sandbox.Id].Workspace;
            kept.Time.Advance(TimeSpan.FromSeconds(5));
            await kept.FinishTurnAsync();
        }

        await kept.SettleAsync();
    }

    private static async Task EndAsync(KeptSandbox kept)
    {
        var run = await kept.Keeper.LookAsync(CancellationToken.None);
        await kept.Journal.CommitAsync(change => SessionMachine.End(change, run));
        await kept.Keeper.KillAsync(CancellationToken.None);
    }

    private static async Task SweepAsync(KeptSandbox kept)
    {
        using var sweeper = new SandboxSweeper(
            kept.Sandboxes, kept.Store, kept.Time, NullLogger<SandboxSweeper>.Instance);
        await sweeper.SweepAsync(CancellationToken.None);
    }
}
