using Colloquy.Grains.Tests.Fakes;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Sessions;

/// <summary>Two silos over one store: one of them dies.</summary>
public sealed class SiloLossTests : IAsyncLifetime
{
    private SessionCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await SessionCluster.StartAsync(silos: 2);

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Turn_goes_on_at_another_silo_and_queued_messages_are_answered_without_anyone_asking()
    {
        var session = await _cluster.CreateAsync();
        var agent = await _cluster.AskAsync(session, "first");
        agent.Say("before", "msg_1");
        await session.SubmitAsync(new SubmitEvents([new UserMessageRequest(["second"])]));

        await _cluster.KillOwnerAsync("sesn_1");
        await _cluster.Sandboxes.NextProcessAsync();
        agent.Say("after", "msg_2");
        agent.Finish();
        (await _cluster.Sandboxes.NextProcessAsync()).Finish();

        var idle = await _cluster.IdleAsync(number: 2);
        var events = _cluster.Store.Events(new SessionId("sesn_1"));
        Assert.Equal(TurnOutcome.Completed, idle.Outcome);
        Assert.Equal(
            ["before", "after"],
            events.Select(EventJson.Read).OfType<AgentMessage>().Select(message => message.Text));
        Assert.Equal(events.Count, events.Select(e => e.Sequence).Distinct().Count());
    }

    [Fact]
    public async Task Graceful_stop_lets_the_agent_run_on_and_hands_the_turn_over()
    {
        var session = await _cluster.CreateAsync();
        var agent = await _cluster.AskAsync(session);

        await _cluster.StopOwnerAsync("sesn_1");
        await _cluster.Sandboxes.NextProcessAsync();
        agent.Finish();

        Assert.Equal(TurnOutcome.Completed, (await _cluster.IdleAsync()).Outcome);
        Assert.False(agent.ToldToStop.Task.IsCompleted);
    }
}
