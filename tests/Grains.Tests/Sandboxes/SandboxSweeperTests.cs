using Colloquy.Grains.Sandboxes;
using Colloquy.Grains.Sessions;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Colloquy.Grains.Tests.Sandboxes;

public sealed class SandboxSweeperTests
{
    [Fact]
    public async Task Sandbox_that_its_session_holds_lives_on_running_or_paused()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync();
        Assert.Equal(0, await SweepAsync(kept));

        kept.Time.Advance(TimeSpan.FromDays(1));

        Assert.Equal(0, await SweepAsync(kept));
        Assert.Equal(1, kept.Sandboxes.Alive);
    }

    [Fact]
    public async Task Sandbox_of_a_session_that_does_not_exist_is_killed()
    {
        var kept = await KeptSandbox.CreateAsync();
        await MakeAsync(kept, "sesn_other", "lease");

        Assert.Equal(1, await SweepAsync(kept));
        Assert.Equal(0, kept.Sandboxes.Alive);
    }

    [Fact]
    public async Task Sandbox_of_a_session_that_has_ended_is_killed()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync();
        await kept.Journal.CommitAsync(change => SessionMachine.End(change));

        Assert.Equal(1, await SweepAsync(kept));
    }

    [Fact]
    public async Task Sandbox_that_its_session_gave_up_is_killed_and_the_one_it_holds_is_not()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.RunTurnAsync();
        await MakeAsync(kept, KeptSandbox.Id.Value, "an earlier lease");

        Assert.Equal(1, await SweepAsync(kept));
        Assert.Equal(["sbx2"], kept.Sandboxes.Killed);
    }

    [Fact]
    public async Task Sandbox_whose_answer_is_not_stored_yet_is_known_by_its_lease()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.SubmitAsync();
        var lease = await kept.Journal.CommitAsync(SessionMachine.LeaseSandbox);
        await MakeAsync(kept, KeptSandbox.Id.Value, lease.Id);

        Assert.Equal(0, await SweepAsync(kept));
    }

    [Fact]
    public async Task Sandbox_that_was_made_for_no_session_lives_an_hour()
    {
        var kept = await KeptSandbox.CreateAsync();
        await MakeAsync(kept, "bare", "lease");
        Assert.Equal(0, await SweepAsync(kept));

        kept.Time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(1, await SweepAsync(kept));
    }

    [Fact]
    public async Task Sandbox_that_cannot_be_killed_is_tried_again()
    {
        var kept = await KeptSandbox.CreateAsync();
        await MakeAsync(kept, "sesn_other", "lease");
        kept.Sandboxes.KillFails = new SandboxException(SandboxFailure.Unavailable, "no answer");
        Assert.Equal(0, await SweepAsync(kept));
        kept.Sandboxes.KillFails = null;

        Assert.Equal(1, await SweepAsync(kept));
    }

    private static async Task<int> SweepAsync(KeptSandbox kept)
    {
        using var sweeper = new SandboxSweeper(
            kept.Sandboxes, kept.Store, kept.Time, NullLogger<SandboxSweeper>.Instance);
        return await sweeper.SweepAsync(CancellationToken.None);
    }

    private static Task<ISandbox> MakeAsync(KeptSandbox kept, string session, string lease) => kept.Sandboxes.CreateAsync(
        new SandboxSpec(lease, session, "base", TimeSpan.FromMinutes(5)), CancellationToken.None);
}
