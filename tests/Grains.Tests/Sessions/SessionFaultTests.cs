using Colloquy.Grains.Tests.Fakes;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Sessions;

/// <summary>Things that go wrong at an awkward moment.</summary>
public sealed class SessionFaultTests : IAsyncLifetime
{
    private SessionCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await SessionCluster.StartAsync();

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

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
}
