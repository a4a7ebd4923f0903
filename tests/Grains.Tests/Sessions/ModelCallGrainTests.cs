using Colloquy.Costs;
using Colloquy.Errors;
using Colloquy.Grains.Tests.Fakes;
using Colloquy.Models;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Sessions;

/// <summary>Turns of an agent whose model calls go through a gateway: the test is the gateway.</summary>
public sealed class ModelCallGrainTests : SessionTest
{
    private const string Model = "offline-1";
    private static readonly TokenUsage Used = new(100, 20, 0, 0, 0);
    private static readonly TokenUsage Worst = new(1000, 4000, 0, 0, 0);

    [Fact]
    public async Task Calls_are_booked_by_the_gateway_and_not_by_the_output()
    {
        var (session, agent, turn) = await StartAsync();
        await session.BeginModelCallAsync(turn, Started("call_1"));
        agent.Say("hello", "msg_1");
        await SaidAsync("hello");
        await session.EndModelCallAsync(turn, Ended("call_1", "msg_1"));
        await session.EndModelCallAsync(turn, Ended("call_1", "msg_1"));
        agent.Finish();

        var idle = await _cluster.IdleAsync();

        Assert.Equal((1L, Used), (idle.Cost.ModelCalls, idle.Cost.Tokens));
        Assert.Equal(_cluster.Store.Booked(Id).Tokens, Used);
        Assert.Equal("msg_1", _cluster.Single<AgentMessage>().MessageId);
        // The scripted agent says that it used nothing.
        Assert.Equal(Used.Output, Assert.Single(_cluster.Single<UsageMismatch>().Models).Gateway.OutputTokens);
    }

    [Fact]
    public async Task Turn_ends_when_the_gateway_has_said_how_its_last_call_ended()
    {
        var (session, agent, turn) = await StartAsync();
        await session.BeginModelCallAsync(turn, Started("call_1"));
        agent.Exit(1);
        await session.EndModelCallAsync(turn, Ended("call_1", null) with
        {
            Status = 401,
            RequestId = "req_1",
            Tokens = TokenUsage.None,
            Error = new ModelCallError("authentication_error", "invalid x-api-key"),
        });

        await _cluster.IdleAsync();

        var error = _cluster.Single<SessionErrorEvent>().Error;
        Assert.Equal((ErrorCategory.ApiError, "authentication_error", "req_1"), (error.Category, error.Code, error.RequestId));
        Assert.Contains("ANTHROPIC_API_KEY", error.Message, StringComparison.Ordinal);
        Assert.False(_cluster.Single<ModelRequestEnd>().Estimated);
    }

    [Fact]
    public async Task Call_whose_gateway_is_gone_is_booked_by_what_the_output_shows_also_by_another_activation()
    {
        var (session, agent, turn) = await StartAsync();
        await session.BeginModelCallAsync(turn, Started("finished"));
        agent.Say("one", "msg_1");
        await session.EndModelCallAsync(turn, Ended("finished", "msg_1"));
        await session.BeginModelCallAsync(turn, Started("cut"));
        agent.Say("two", "msg_2");
        await SaidAsync("two");

        await _cluster.Cluster.DeactivateAsync(session);
        await _cluster.Sandboxes.NextProcessAsync();
        agent.Finish();
        var idle = await _cluster.IdleAsync();

        var cut = _cluster.Store.Events(Id).Select(EventJson.Read).OfType<ModelRequestEnd>().Single(end => end.CallId == "cut");
        Assert.Equal(("msg_2", true, false), (cut.MessageId, cut.Incomplete, cut.Estimated));
        Assert.Equal(Used + new TokenUsage(10, 5, 0, 0, 0), idle.Cost.Tokens);
        await session.EndModelCallAsync(turn, Ended("cut", "msg_2"));
        Assert.Equal(idle.Cost.Tokens, _cluster.Store.Booked(Id).Tokens);
    }

    [Fact]
    public async Task Deleted_session_books_what_was_in_flight_and_starts_no_more_calls()
    {
        var (session, _, turn) = await StartAsync();
        await session.BeginModelCallAsync(turn, Started("call_1"));

        await session.EndAsync();

        Assert.True(_cluster.Single<ModelRequestEnd>().Estimated);
        Assert.Equal(Worst, _cluster.Store.Booked(Id).Tokens);
        await Assert.ThrowsAsync<TurnOverException>(() => session.BeginModelCallAsync(turn, Started("call_2")));
    }

    [Fact]
    public async Task Deleted_session_books_what_the_gateway_still_says_of_calls_in_flight()
    {
        var (session, agent, turn) = await StartAsync();
        await session.BeginModelCallAsync(turn, Started("call_1"));
        await session.SubmitAsync(new SubmitEvents([new UserMessageRequest(["and then"])]));

        var end = session.EndAsync();
        await agent.ToldToStop.Task;
        await Assert.ThrowsAsync<TurnOverException>(() => session.BeginModelCallAsync(turn, Started("call_2")));
        await session.EndModelCallAsync(turn, Ended("call_1", "msg_1") with { Incomplete = true });
        await end;
        await session.EndAsync();

        Assert.False(_cluster.Single<ModelRequestEnd>().Estimated);
        Assert.Equal(Used, _cluster.Store.Booked(Id).Tokens);
        // The message that waited starts no turn any more.
        _cluster.Single<StatusRunning>();
        _cluster.Single<StatusTerminated>();
    }

    [Fact]
    public async Task Spans_that_are_not_kept_cost_no_append_and_are_counted()
    {
        var (session, agent, turn) = await StartAsync();
        AgentSpan Span(int number) => new(
            $"{number:x16}", null, "step", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch,
            new Dictionary<string, string>(), null);
        await session.AddAgentSpansAsync(turn, [.. Enumerable.Range(0, 500).Select(Span)]);
        var appends = _cluster.Store.Appends;

        await session.AddAgentSpansAsync(turn, [Span(1000), Span(1001)]);

        Assert.Equal(appends, _cluster.Store.Appends);
        agent.Finish();
        Assert.Equal(2, (await _cluster.IdleAsync()).DroppedAgentSpans);
    }

    [Fact]
    public async Task Begin_that_was_stored_without_anyone_knowing_is_repeated_in_vain()
    {
        var (session, agent, turn) = await StartAsync();
        _cluster.Store.AfterAppend = _ =>
        {
            _cluster.Store.AfterAppend = null;
            throw new IOException("connection lost");
        };
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => session.BeginModelCallAsync(turn, Started("call_1")));

        await session.BeginModelCallAsync(turn, Started("call_1"));
        await session.EndModelCallAsync(turn, Ended("call_1", "msg_1"));
        agent.Finish();

        Assert.Equal(1, (await _cluster.IdleAsync()).Cost.ModelCalls);
        _cluster.Single<ModelRequestStart>();
    }

    [Fact]
    public async Task Spans_of_the_agent_are_kept_with_its_turn()
    {
        var (session, agent, turn) = await StartAsync();
        var at = new DateTimeOffset(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);
        AgentSpan span = new("00f067aa0ba902b7", null, "tool", at, at, new Dictionary<string, string>(), null);

        await session.AddAgentSpansAsync(turn, [span]);
        agent.Finish();
        await _cluster.IdleAsync();
        await session.AddAgentSpansAsync(turn, [span with { SpanId = "aaaaaaaaaaaaaaaa" }]);

        Assert.Equal(span.SpanId, Assert.Single(_cluster.Single<AgentSpans>().Spans).SpanId);
    }

    private async Task<(ISessionGrain Session, ScriptedProcess Agent, TurnId Turn)> StartAsync()
    {
        var session = await _cluster.CreateAsync(agent: BuiltIn.ClaudeCodeAgent);
        var agent = await _cluster.AskAsync(session);
        return (session, agent, (await session.GetAsync()).RunningTurn!.Value);
    }

    private static ModelCallStart Started(string id) => new(id, Model, Worst, 0, false);

    private static ModelCallEnd Ended(string id, string? message) => new(id, Model, Used, 200, 0.5) { MessageId = message };
}
