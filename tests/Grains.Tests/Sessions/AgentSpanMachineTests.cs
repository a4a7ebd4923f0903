using Colloquy.Grains.Costs;
using Colloquy.Grains.Sessions;
using Colloquy.Models;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Sessions;

public sealed class AgentSpanMachineTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Spans_are_stored_once_and_only_while_the_turn_runs()
    {
        var change = Running();
        var turn = change.State.Turn!.Id;
        AgentSpan[] batch = [Span(1), Span(2)];
        SessionMachine.AddAgentSpans(change, turn, batch);
        SessionMachine.AddAgentSpans(change, turn, batch);
        SessionMachine.AddAgentSpans(change, turn, [Span(3), Span(4) with { SpanId = "no id" }]);

        Assert.Equal([2, 1], Stored(change).Select(spans => spans.Spans.Count));
        SessionMachine.FinishTurn(change, turn, new TurnEnd(TurnOutcome.Completed));
        var state = change.State;
        SessionMachine.AddAgentSpans(change, turn, [Span(5)]);
        Assert.Same(state, change.State);
    }

    [Fact]
    public void Spans_beyond_the_limit_of_a_turn_are_counted()
    {
        var change = Running();
        for (var batch = 0; batch < 6; batch++)
        {
            SessionMachine.AddAgentSpans(
                change, change.State.Turn!.Id, [.. Enumerable.Range(batch * 100, 100).Select(number => Span(number))]);
        }

        Assert.Equal(500, Stored(change).Sum(spans => spans.Spans.Count));
        Assert.Equal(100, Finish(change).DroppedAgentSpans);
    }

    [Fact]
    public void Large_spans_are_left_out_and_small_ones_after_them_kept()
    {
        var change = Running();
        SessionMachine.AddAgentSpans(change, change.State.Turn!.Id, [Span(1, 200_000), Span(2, 100_000), Span(3)]);

        Assert.Equal([Id(1), Id(3)], Stored(change).SelectMany(spans => spans.Spans).Select(span => span.SpanId));
        Assert.Equal(1, Finish(change).DroppedAgentSpans);
    }

    private static StatusIdle Finish(SessionChange change)
    {
        SessionMachine.FinishTurn(change, change.State.Turn!.Id, new TurnEnd(TurnOutcome.Completed));
        return change.Events.Select(EventJson.Read).OfType<StatusIdle>().Single();
    }

    private static IEnumerable<AgentSpans> Stored(SessionChange change) =>
        change.Events.Select(EventJson.Read).OfType<AgentSpans>();

    private static string Id(int number) => number.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    private static AgentSpan Span(int number, int size = 10) => new(
        Id(number), null, "step", Start, Start.AddSeconds(1), new Dictionary<string, string> { ["text"] = new('x', size) }, null);

    private static SessionChange Running()
    {
        var state = SessionMachine.Create(
            new SessionId("sesn_test"), new CreateSession(), new AgentSummary("agent", 1, "Agent", "m"), "hash", Start);
        var change = new SessionChange(state, Start, PriceBook.BuiltIn);
        SessionMachine.Submit(change, [new UserMessageRequest(["go"])], "key", null);
        return change;
    }
}
