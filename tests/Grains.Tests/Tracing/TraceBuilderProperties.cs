using Colloquy.Costs;
using Colloquy.Errors;
using Colloquy.Sessions;
using CsCheck;
using Xunit;

namespace Colloquy.Grains.Tests.Tracing;

public sealed class TraceBuilderProperties
{
    // Any events of a turn in any order, damaged ones included.
    private static readonly Gen<Action<TurnScript>> Steps = Gen.Frequency(
        (1, Step(script => script.Asked("Hi"))),
        (2, Step(script => script.Running())),
        (3, Call(call => script => script.CallStarted(call))),
        (3, Gen.Select(Gen.OneOf("a", "b"), Gen.Long[0, 1000], (call, tokens) =>
            (Action<TurnScript>)(script => script.CallEnded(call, new TokenUsage(tokens, 1, 2, 3, 4), 0.1m)))),
        (3, Call(call => script => script.ToolUsed(call, "bash", "{}"))),
        (3, Call(call => script => script.ToolAnswered(call, "done", stderr: call))),
        (2, Step(script => script.Said("Hello"))),
        (1, Step(script => script.Failed(ErrorCategory.Timeout, "Too slow."))),
        (1, Step(script => script.Idle())),
        (1, Step(script => script.Raw(EventTypes.AgentToolUse, "{]"))));

    private static readonly Gen<TurnScript> Turns = Steps.List[0, 30].Select(steps =>
    {
        var script = new TurnScript();
        steps.ForEach(step => step(script));
        return script;
    });

    [Fact]
    public void Build_again_gives_the_same() => Turns.Sample(script => script.Spans() == script.Spans());

    [Fact]
    public void Build_gives_well_formed_spans() => Turns.Sample(script =>
    {
        var spans = script.Build();
        Assert.Equal(spans.Count, spans.Select(span => span.SpanId).Distinct().Count());
        Assert.All(spans, span => Assert.True(span.End >= span.Start));
        Assert.All(spans.SelectMany(span => span.Metrics.Values), value => Assert.True(double.IsFinite(value)));
        Assert.All(spans.Skip(1), span => Assert.Equal(spans[0].SpanId, span.ParentSpanId));
    });

    [Fact]
    public void Build_of_more_events_keeps_the_ids_of_the_steps_before() =>
        Gen.Select(Turns, Gen.Int[0, 30]).Sample((script, count) =>
        {
            var all = script.Build().Select(span => span.SpanId).ToHashSet();
            var some = script.Cut(Math.Min(count, script.Events.Count)).Build().Select(span => span.SpanId);
            return some.All(all.Contains);
        });

    private static Gen<Action<TurnScript>> Step(Action<TurnScript> step) => Gen.Const(step);

    private static Gen<Action<TurnScript>> Call(Func<string, Action<TurnScript>> step) => Gen.OneOf("a", "b").Select(step);
}
