using Colloquy.Grains.Costs;
using Colloquy.Grains.Sandboxes;
using Colloquy.Grains.Sessions;
using Colloquy.Grains.Tests.Fakes;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Sessions;

public sealed class SandboxKeeperTests
{
    [Fact]
    public async Task Sandbox_that_is_gone_is_not_paid_for_beyond_the_time_it_was_given()
    {
        var now = TimeProvider.System.GetUtcNow();
        var journal = new SessionJournal(
            new InMemorySessionStore(), PriceBook.BuiltIn, TimeProvider.System, new SessionId("sesn_1"), "here")
        {
            Stored = _ => { },
            Broken = _ => { },
        };
        var lease = new SandboxLease("lease", "sbx9", "local", 2, 512, now.AddHours(-2), ExpiresAt: now.AddHours(-1));
        var session = SessionMachine.Create(
            new SessionId("sesn_1"), new CreateSession(), new AgentSummary("agent_offline", 1, "Test", "m"), "hash", now);
        await journal.CreateAsync(session with { Sandbox = lease });
        var keeper = new SandboxKeeper(journal, new ScriptedSandboxes(), new SandboxLeaseOptions(), TimeProvider.System);

        Assert.Null(await keeper.ReopenAsync(now.AddMinutes(10), CancellationToken.None));

        Assert.Equal(lease.ExpiresAt, journal.State!.Sandbox!.ExpiresAt);
    }
}
