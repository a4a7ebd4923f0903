using Colloquy.Client;
using Colloquy.Costs;
using Colloquy.Models;
using Colloquy.Sessions;
using Colloquy.Web.ModelGateway;
using Colloquy.Web.Tests.Doubles;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Colloquy.Web.Tests.ModelGateway;

/// <summary>Beginnings of which nobody knows whether they are stored.</summary>
public sealed class CallJournalTests : IDisposable
{
    private static readonly ModelCallStart Call = new("call_1", "m", new TokenUsage(10, 20, 0, 0, 0), 0, false);

    private readonly FakeTimeProvider _time = new();
    private readonly CancellationTokenSource _agent = new();
    private readonly CallJournal _journal;
    private readonly InMemorySession _session;
    private readonly TurnClaims _turn;

    public CallJournalTests()
    {
        var grains = new InMemoryGrains(_time);
        _session = grains.Session("sesn_1");
        _turn = new TurnClaims(new SessionId("sesn_1"), new TurnId("turn_1"), _time.GetUtcNow().AddHours(1));
        _journal = new CallJournal(
            new ModelCallClient(grains.Factory), _time, NullLogger.Instance, TestContext.Current.CancellationToken);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Begin_that_is_given_up_is_ended_now_and_after_the_latest_moment_it_could_be_stored()
    {
        _session.BeforeBegin = () =>
        {
            _time.Advance(TimeSpan.FromSeconds(30));
            return Task.FromException(new TimeoutException());
        };

        Assert.Equal(GatewayError.JournalDown, await _journal.BeginAsync(_turn, Call, _agent.Token));

        await AssertWithdrawnTwiceAsync();
    }

    [Fact]
    public async Task Begin_whose_agent_has_gone_is_ended_likewise()
    {
        _session.BeforeBegin = () =>
        {
            _agent.Cancel();
            return Task.FromException(new TimeoutException());
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _journal.BeginAsync(_turn, Call, _agent.Token));

        await AssertWithdrawnTwiceAsync();
    }

    [Fact]
    public async Task Begin_that_is_refused_has_no_end()
    {
        _session.BeforeBegin = () => Task.FromException(new TurnOverException("turn_1"));

        Assert.Equal(GatewayError.TurnOver, await _journal.BeginAsync(_turn, Call, _agent.Token));

        _time.Advance(CallJournal.LatestBegin);
        Assert.Empty(_session.EndedCalls);
    }

    public void Dispose() => _agent.Dispose();

    private async Task AssertWithdrawnTwiceAsync()
    {
        var end = await _session.NextEndAsync(Stop);
        Assert.Equal(("call_1", CallJournal.NotForwarded), (end.CallId, end.Error!.Type));
        Assert.Equal((TokenUsage.None, false), (end.Tokens, end.Incomplete));
        Assert.Single(_session.EndedCalls);

        var second = _session.NextEndAsync(Stop).AsTask();
        while (!second.IsCompleted)
        {
            _time.Advance(CallJournal.LatestBegin);
            await Task.Yield();
        }

        Assert.Equal(end, await second);
    }
}
