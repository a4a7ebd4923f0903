using Colloquy.Costs;
using Colloquy.Errors;
using Colloquy.Grains.Tracing;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Tracing;

public sealed class TraceBuilderTests
{
    [Fact]
    public void Build_of_a_turn_gives_a_task_with_an_llm_and_a_tool()
    {
        var script = WholeTurn();

        var spans = script.Build();

        Assert.Equal(["task", "llm", "tool"], spans.Select(span => span.Type));
        Assert.Equal(["Turn 3", "offline-1", "bash"], spans.Select(span => span.Name));
        Assert.All(spans, span => Assert.Equal(TurnScript.Trace.TraceId, span.TraceId));
        Assert.All(spans, span => Assert.Null(span.Error));
        Assert.All(spans, span => Assert.DoesNotContain(SpanMetadata.Unfinished, span.Metadata.Keys));
        Assert.All(spans.Skip(1), span => Assert.Equal(TurnScript.Trace.SpanId, span.ParentSpanId));
        Assert.All(spans, span => Assert.Matches("^[0-9a-f]{16}$", span.SpanId));
        Assert.Equal(3, spans.Select(span => span.SpanId).Distinct().Count());
    }

    [Fact]
    public void Build_gives_the_root_the_turns_own_context()
    {
        var script = WholeTurn();

        var root = script.Build()[0];

        Assert.Equal(TurnScript.Trace.SpanId, root.SpanId);
        Assert.Equal(TurnScript.Trace.ParentSpanId, root.ParentSpanId);
        Assert.Equal("List the files", root.Input?.GetString());
        Assert.Equal("There are two.", root.Output?.GetString());
        Assert.Equal(TurnScript.Start.AddSeconds(1), root.Start);
        Assert.Equal(TurnScript.Start.AddSeconds(8), root.End);
        Assert.Equal(["end", "start"], root.Metrics.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["session_id"] = script.Session.Value,
                ["turn_id"] = script.Turn.Value,
                ["agent_id"] = BuiltIn.OfflineAgent,
                ["outcome"] = "completed",
                ["cost_usd"] = "0.0015",
                ["sandbox_usd"] = "0",
                ["unpriced_calls"] = "2",
                ["sandbox_id"] = "sbx1",
            },
            root.Metadata);
    }

    [Fact]
    public void Build_measures_model_calls_with_cache_tokens_inside_the_prompt()
    {
        var llm = WholeTurn().Build()[1];

        Assert.Equal(
            new Dictionary<string, double>
            {
                ["prompt_tokens"] = 10 + 30 + 40 + 50,
                ["completion_tokens"] = 20,
                ["tokens"] = 150,
                ["prompt_cached_tokens"] = 50,
                ["prompt_cache_creation_tokens"] = 70,
                ["prompt_cache_creation_5m_tokens"] = 30,
                ["prompt_cache_creation_1h_tokens"] = 40,
                ["estimated_cost"] = 0.0015,
                ["start"] = TurnScript.Start.AddSeconds(2).ToUnixTimeSeconds(),
                ["end"] = TurnScript.Start.AddSeconds(6).ToUnixTimeSeconds(),
            },
            llm.Metrics);
        Assert.Equal("Let me look.", llm.Output?.GetString());
        Assert.Equal("offline-1", llm.Metadata["model"]);
    }

    [Fact]
    public void Build_gives_tools_their_input_and_output()
    {
        var tool = WholeTurn().Build()[2];

        Assert.Equal("ls", tool.Input?.GetProperty("command").GetString());
        Assert.Equal("a\nb\n", tool.Output?.GetProperty("stdout").GetString());
        Assert.Equal("0", tool.Metadata["exit_code"]);
        Assert.Equal(TurnScript.Start.AddSeconds(4), tool.Start);
        Assert.Equal(TurnScript.Start.AddSeconds(5), tool.End);
    }

    [Fact]
    public void Build_of_an_unpriced_call_has_no_cost_and_says_so()
    {
        var llm = new TurnScript().Running().CallStarted("c").CallEnded("c", new TokenUsage(1, 2, 0, 0, 0), usd: null).Idle().Build()[1];

        Assert.DoesNotContain("estimated_cost", llm.Metrics.Keys);
        Assert.Equal("true", llm.Metadata["unpriced"]);
    }

    [Fact]
    public void Build_puts_failures_where_they_happened()
    {
        var spans = new TurnScript().Running()
            .CallStarted("c").CallEnded("c", isError: true)
            .ToolUsed("t", "bash", "{}").ToolAnswered("t", "exit 3", isError: true, stderr: "no such file", exitCode: 3)
            .Failed(ErrorCategory.ToolError, "The agent gave up.").Idle(TurnOutcome.Failed).Build();

        Assert.Equal("tool_error: The agent gave up.", spans[0].Error);
        Assert.Equal("tool_error", spans[0].Metadata["error_category"]);
        Assert.Equal("3", spans[0].Metadata["exit_code"]);
        Assert.Equal("failed", spans[0].Metadata["outcome"]);
        Assert.Equal("api_error", spans[1].Metadata["error_category"]);
        Assert.NotNull(spans[1].Error);
        Assert.Equal("no such file", spans[2].Error);
    }

    [Fact]
    public void Build_of_a_cut_turn_ends_open_steps_with_it_and_marks_them()
    {
        var spans = new TurnScript().Running().CallStarted("c").ToolUsed("t", "bash", "{}").Said("Working").Build();

        Assert.All(spans, span => Assert.Equal("true", span.Metadata[SpanMetadata.Unfinished]));
        Assert.All(spans, span => Assert.Equal(TurnScript.Start.AddSeconds(3), span.End));
    }

    [Fact]
    public void Build_of_ends_without_beginnings_keeps_the_ids_and_the_numbers()
    {
        var whole = WholeTurn().Build();
        var ends = new TurnScript().Running().ToolAnswered("t", "ok").CallEnded("c", new TokenUsage(1, 2, 3, 4, 5)).Idle().Build();

        Assert.Equal(whole[2].SpanId, ends[1].SpanId);
        Assert.Equal(whole[1].SpanId, ends[2].SpanId);
        Assert.Equal(15, ends[2].Metrics["tokens"]);
    }

    [Fact]
    public void Build_skips_other_turns_and_unknown_types_and_counts_damage()
    {
        var spans = new TurnScript().Running()
            .Raw("span.from_the_future", "{}")
            .Raw(EventTypes.AgentToolUse, """{"name":"bash"}""", new TurnId("turn_other"))
            .Raw(EventTypes.AgentMessage, """{"content":3}""")
            .Raw(EventTypes.AgentMessage, "{}")
            .Raw(EventTypes.AgentToolUse, "{}")
            .Idle().Build();

        Assert.Equal(["task", "tool"], spans.Select(span => span.Type));
        Assert.Equal("1", spans[0].Metadata["unreadable_events"]);
    }

    [Fact]
    public void Build_without_the_start_of_the_turn_is_empty()
    {
        Assert.Empty(new TurnScript().Asked("Hi").Idle().Build());
        Assert.Empty(new TurnScript().Raw(EventTypes.StatusRunning, "{}").Build());
        Assert.Empty(new TurnScript().Build());
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(null)]
    public void Metrics_that_are_not_finite_numbers_are_left_out(double? value)
    {
        var span = OpenSpan.For("sevt_1", "llm", TurnScript.Start);

        span.Measure("time_to_first_token", value);

        Assert.DoesNotContain("time_to_first_token", span.Close("trace", null, TurnScript.Start).Metrics.Keys);
    }

    [Fact]
    public void Spans_never_end_before_they_start()
    {
        var span = OpenSpan.For("sevt_1", "llm", TurnScript.Start);

        Assert.Equal(TurnScript.Start, span.Close("trace", null, TurnScript.Start.AddHours(-1)).End);
    }

    private static TurnScript WholeTurn() => new TurnScript()
        .Asked("List the files")
        .Running()
        .CallStarted("c")
        .Said("Let me look.")
        .ToolUsed("t", "bash", """{"command":"ls"}""")
        .ToolAnswered("t", "two files", stdout: "a\nb\n", stderr: "", exitCode: 0)
        .CallEnded("c", new TokenUsage(10, 20, 30, 40, 50), 0.0015m)
        .Said("There are two.")
        .Idle();
}
