using Colloquy.Client;
using Colloquy.Models;
using Colloquy.Sessions;
using Colloquy.Web.ModelGateway;
using Colloquy.Web.Tests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace Colloquy.Web.Tests.ModelGateway;

public sealed class RunningTurnsTests
{
    [Fact]
    public async Task Turn_that_has_ended_is_known_after_a_moment()
    {
        var time = new FakeTimeProvider();
        var grains = new InMemoryGrains(time);
        var session = grains.Session("sesn_1");
        var turn = new TurnClaims(new SessionId("sesn_1"), new TurnId("turn_1"), time.GetUtcNow().AddHours(1));
        var running = new RunningTurns(new ModelCallClient(grains.Factory), time);
        await session.CreateAsync(new CreateSession());

        session.RunningTurn = turn.Turn;
        Assert.True(await running.ContainsAsync(turn));

        session.RunningTurn = null;
        Assert.True(await running.ContainsAsync(turn)); // not asked again yet
        time.Advance(RunningTurns.Age);
        Assert.False(await running.ContainsAsync(turn));
    }

    [Fact]
    public async Task No_turn_runs_in_a_session_that_is_not_there()
    {
        var time = new FakeTimeProvider();
        var running = new RunningTurns(new ModelCallClient(new InMemoryGrains(time).Factory), time);

        Assert.False(await running.ContainsAsync(
            new TurnClaims(new SessionId("sesn_1"), new TurnId("turn_1"), time.GetUtcNow().AddHours(1))));
    }
}
