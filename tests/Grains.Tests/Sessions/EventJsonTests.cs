using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Colloquy.Costs;
using Colloquy.Errors;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Sessions;

/// <summary>What was stored once must be readable for ever.</summary>
public sealed class EventJsonTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);
    private static readonly EventId Message = new("sevt_0123456789abcdef0123456789abcdef");
    private static readonly TurnId Turn = TurnId.For(Message);
    private static readonly TraceReference Trace = new("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00f067aa0ba902b7");
    private static readonly SandboxUsage Slice = new("isbx", 2.5, 2, 512, 0.000075625m);
    private static readonly TokenUsage Tokens = new(100, 20, 30, 40, 50);

    private static readonly EventBody[] Samples =
    [
        new UserMessage([new ContentBlock("Grüße, 世界 \"quoted\"")], 90),
        new UserInterrupt(),
        new AgentMessage([new ContentBlock("one"), new ContentBlock("two")], "offline-1"),
        new AgentThinking(),
        new AgentToolUse("Bash", JsonSerializer.SerializeToElement(new { command = "ls" }), "toolu_1"),
        new AgentToolResult(Message.Value, [new ContentBlock("out")], true, "out", "err", 3),
        new ModelRequestStart("call_1", "offline-1"),
        new ModelRequestEnd(Message, false, ModelUsage.From(Tokens), "offline-1", "call_1", 0.000214m, Incomplete: true),
        new StatusRunning(Turn, Message, At.AddMinutes(10), Trace, Slice, 3),
        new StatusIdle(
            StopReason.EndTurn, Turn, TurnOutcome.Failed, 1.5,
            CostTotals.OfCall(Tokens, 214_000) + CostTotals.OfSandbox(2.5, 2, 512, 75_625), Slice, Trace, 1, "A notice"),
        new StatusTerminated(Slice),
        new SandboxTime(Slice with { Estimated = true }),
        new SessionErrorEvent(
            new TurnError(
                ApiErrorType.Unknown, "It broke.", RetryStatus.Terminal, ErrorCategory.ToolError, "agent_exit", 3, 1.5,
                "isbx", "prompt", "stdout", "stderr", Trace.TraceId, null),
            Turn),
        new AgentMessage([new ContentBlock("one")], "claude-opus-5-5") { MessageId = "msg_1" },
        new ModelRequestStart("call_2", "claude-opus-5-5") { Attempt = 1, WorstCase = ModelUsage.From(new(900, 4000, 0, 0, 0)) },
        new ModelRequestEnd(
            Message, true, ModelUsage.From(Tokens) with { ServerToolUse = new(2, 1) }, "claude-opus-5-5", "call_2", 0.02m)
        {
            Estimated = true,
            Notional = true,
            Attempt = 1,
            DurationSeconds = 2.5,
            TimeToFirstTokenSeconds = 0.25,
            HttpStatus = 529,
            RequestId = "req_1",
            MessageId = "msg_1",
            StopReason = "end_turn",
            ServiceTier = "standard",
            Speed = "fast",
            InferenceGeo = "us",
            Error = new ModelRequestError(ErrorCategory.ApiError, "overloaded_error", "Overloaded"),
        },
        new UsageMismatch(
            [new ModelUsageMismatch("claude-opus-5-5", ModelUsage.From(Tokens), ModelUsage.From(TokenUsage.None))], "gateway"),
        new AgentSpans(
            [new("00f067aa0ba902b7", "b7ad6b7169203331", "tool", At, At.AddSeconds(1), new Dictionary<string, string> { ["a.B"] = "c" }, "bad")]),
        new StatusIdle(
            StopReason.EndTurn, Turn, TurnOutcome.Completed, 1.5, CostTotals.Zero, null, Trace) { DroppedAgentSpans = 4 },
        new SessionErrorEvent(
            new TurnError(
                ApiErrorType.ModelOverloaded, "It broke.", RetryStatus.Terminal, ErrorCategory.ApiError, "overloaded_error",
                1, 1.5, "isbx", null, null, null, Trace.TraceId, null, "req_1"),
            Turn),
    ];

    [Fact]
    public void Every_type_is_written_as_in_the_golden_file()
    {
        var written = Samples.Select(body => $"{body.Type} {Encoding.UTF8.GetString(EventJson.Write(body))}");

        Assert.Equal(Golden(), written);
    }

    [Fact]
    public void Every_type_of_the_golden_file_is_read_as_it_was_meant()
    {
        var read = Golden().Select(line => line.Split(' ', 2))
            .Select(parts => EventJson.Read(parts[0], Encoding.UTF8.GetBytes(parts[1])));

        Assert.Equal(
            Samples.Select(body => JsonNode.Parse(EventJson.Write(body))!.ToJsonString()),
            read.Select(body => JsonNode.Parse(EventJson.Write(body!))!.ToJsonString()));
    }

    [Fact]
    public void Members_that_another_version_wrote_survive_being_read_and_written()
    {
        var read = EventJson.Read(EventTypes.AgentThinking, """{"depth":3}"""u8)!;

        Assert.Equal("""{"depth":3}""", Encoding.UTF8.GetString(EventJson.Write(read)));
    }

    [Fact]
    public void Type_that_this_version_does_not_know_reads_as_nothing() =>
        Assert.Null(EventJson.Read("session.party", "{}"u8));

    private static string[] Golden() =>
        File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Golden", "events.v1.txt"));
}
