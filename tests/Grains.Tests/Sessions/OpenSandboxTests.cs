using Colloquy.Grains.Sandboxes;
using Colloquy.Sandboxes;
using Colloquy.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Colloquy.Grains.Tests.Sessions;

public sealed class OpenSandboxTests : SessionTest
{
    [Fact]
    public async Task Sandbox_is_opened_while_a_turn_runs_in_it()
    {
        var session = await _cluster.CreateAsync();
        Assert.Null(await session.OpenSandboxAsync(create: false));
        var agent = await _cluster.AskAsync(session);

        Assert.Equal("sbx1", (await session.OpenSandboxAsync(create: true))?.Id);

        agent.Finish();
        Assert.Equal(TurnOutcome.Completed, (await _cluster.IdleAsync()).Outcome);
        Assert.Equal("sbx1", (await session.OpenSandboxAsync(create: false))?.Id);
        Assert.Equal(1, _cluster.Sandboxes.Created);
    }

    [Fact]
    public async Task Errors_are_typed()
    {
        await Assert.ThrowsAsync<SessionNotFoundException>(() => _cluster.Session("sesn_9").OpenSandboxAsync(true));
        var session = await _cluster.CreateAsync();
        _cluster.Sandboxes.CreateFails = new SandboxException(SandboxFailure.LimitReached, "no room");
        var full = await Assert.ThrowsAsync<SandboxUnavailableException>(() => session.OpenSandboxAsync(true));
        Assert.Contains("no room", full.Message, StringComparison.Ordinal);
        _cluster.Sandboxes.CreateFails = null;

        await session.EndAsync();

        await Assert.ThrowsAsync<SessionEndedException>(() => session.OpenSandboxAsync(false));
    }

    [Fact]
    public async Task Directory_tells_what_is_held_from_orphans_and_counts_what_was_swept()
    {
        var session = await _cluster.CreateAsync();
        await session.OpenSandboxAsync(create: true);
        foreach (var name in (string[])["sesn_gone1", "sesn_gone2"])
        {
            await _cluster.Sandboxes.CreateAsync(
                new SandboxSpec(name, name, "base", TimeSpan.FromMinutes(5)), TestContext.Current.CancellationToken);
        }

        await _cluster.Sandboxes.PauseAsync("sbx2", TestContext.Current.CancellationToken);
        var directory = _cluster.Cluster.Client.GetGrain<ISandboxDirectoryGrain>(0);
        var before = await directory.ListAsync();
        await _cluster.Cluster.Silos[0].ServiceProvider.GetRequiredService<SandboxSweeper>()
            .SweepAsync(TestContext.Current.CancellationToken);
        var after = await directory.ListAsync();

        Assert.Equal(
            [("sbx1", "sesn_1", false, true), ("sbx2", "sesn_gone1", true, false), ("sbx3", "sesn_gone2", false, false)],
            before.Sandboxes.Select(sandbox => (sandbox.Id, sandbox.SessionId, sandbox.IsPaused, sandbox.IsHeld)));
        Assert.Equal((0, 2), (before.SweptSinceStart, after.SweptSinceStart));
        Assert.Equal("sbx1", Assert.Single(after.Sandboxes).Id);
    }
}
