using Colloquy.Costs;
using Colloquy.Errors;
using Colloquy.Models;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Tracing;

/// <summary>Spans of turns whose model calls went through the gateway, and of agents that emit spans themselves.</summary>
public sealed class ModelCallSpanTests
{
    [Fact]
    public void Call_lasts_as_long_as_it_took_and_carries_what_is_known_of_it()
    {
        var script = new TurnScript().Running().CallStarted("c");

        var llm = script.Ended("c", End(script, "c") with
        {
            Usd = 0.5m,
            DurationSeconds = 0.75,
            TimeToFirstTokenSeconds = 0.25,
            HttpStatus = 200,
            RequestId = "req_1",
            StopReason = "end_turn",
            Attempt = 2,
            Notional = true,
            Estimated = true,
        }).Idle().Build()[1];

        Assert.Equal(llm.Start.AddSeconds(0.75), llm.End);
        Assert.Equal(0.25, llm.Metrics["time_to_first_token"]);
        Assert.Equal(0.5, llm.Metrics["estimated_cost"]);
        Assert.Equal(
            ("req_1", "2", "true", "true", "true", "200", "end_turn"),
            (llm.Metadata["request_id"], llm.Metadata["attempt"], llm.Metadata["notional"], llm.Metadata["estimated"],
                llm.Metadata["incomplete"], llm.Metadata["http_status"], llm.Metadata["stop_reason"]));
        Assert.Null(llm.Error);
    }

    [Fact]
    public void Failed_call_says_why()
    {
        var script = new TurnScript().Running().CallStarted("c");

        var llm = script.Ended("c", End(script, "c") with
        {
            IsError = true,
            Error = new ModelRequestError(ErrorCategory.ApiError, "overloaded_error", "Overloaded"),
        }).Idle().Build()[1];

        Assert.Equal("overloaded_error: Overloaded", llm.Error);
        Assert.Equal(ErrorCategory.ApiError, llm.Metadata["error_category"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Text_belongs_to_the_call_of_its_message_whichever_is_stored_first(bool textFirst)
    {
        var script = new TurnScript().Running().CallStarted("a").CallStarted("b");
        script = textFirst
            ? script.Said("one", "msg_a").Said("two", "msg_b").Said("and", "msg_a")
            : script;
        script.Ended("b", End(script, "b") with { MessageId = "msg_b" });
        script.Ended("a", End(script, "a") with { MessageId = "msg_a" });
        script = textFirst ? script : script.Said("one", "msg_a").Said("two", "msg_b").Said("and", "msg_a");

        var spans = script.Idle().Build();

        Assert.Equal(["one\nand", "two"], spans.Skip(1).Select(span => span.Output?.GetString()));
    }

    [Fact]
    public void Text_whose_message_no_call_names_belongs_to_the_call_that_was_open()
    {
        var spans = new TurnScript().Running().CallStarted("a").Said("one", "msg_x").CallEnded("a").Idle().Build();

        Assert.Equal("one", spans[1].Output?.GetString());
    }

    [Fact]
    public void Tools_of_a_sub_agent_are_inside_the_tool_that_started_it()
    {
        var spans = new TurnScript().Running()
            .ToolUsed("task", "Task", "{}").ToolUsed("inner", "Bash", "{}", parent: "task").ToolUsed("lost", "Bash", "{}", parent: "nobody")
            .Idle().Build();

        Assert.Equal([spans[0].SpanId, spans[1].SpanId, spans[0].SpanId], spans.Skip(1).Select(span => span.ParentSpanId));
    }

    [Fact]
    public void Spans_of_the_agent_join_the_turn_once_with_their_parents_and_without_token_metrics()
    {
        var at = TurnScript.Start.AddSeconds(2);
        var attributes = new Dictionary<string, string> { ["input_tokens"] = "10", ["model"] = "m" };
        AgentSpan root = new("aaaaaaaaaaaaaaaa", TurnScript.Trace.SpanId, "interaction", at, at.AddSeconds(3), attributes, null);
        AgentSpan child = new("bbbbbbbbbbbbbbbb", root.SpanId, "tool", at, at.AddSeconds(1), attributes, "it broke");
        AgentSpan orphan = new("cccccccccccccccc", "dddddddddddddddd", "lost", at, at, attributes, null);

        var spans = new TurnScript().Running().Emitted(child, root).Emitted(root, orphan).Idle().Build();

        Assert.Equal(["task", "function", "function", "function"], spans.Select(span => span.Type));
        Assert.Equal(
            [(child.SpanId, root.SpanId), (root.SpanId, spans[0].SpanId), (orphan.SpanId, spans[0].SpanId)],
            spans.Skip(1).Select(span => (span.SpanId, span.ParentSpanId!)));
        Assert.Equal("it broke", spans[1].Error);
        Assert.All(spans.Skip(1), span => Assert.Equal(["end", "start"], span.Metrics.Keys.Order(StringComparer.Ordinal)));
        Assert.All(spans.Skip(1), span => Assert.Equal("10", span.Metadata["input_tokens"]));
        Assert.All(spans, span => Assert.Equal(TurnScript.Trace.TraceId, span.TraceId));
    }

    private static ModelRequestEnd End(TurnScript script, string call) => new(
        script.CallStart(call), false, ModelUsage.From(new TokenUsage(1, 2, 0, 0, 0)), "offline-1", call, 0, Incomplete: true);
}
