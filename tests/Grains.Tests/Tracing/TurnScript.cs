using System.Text.Json;
using Colloquy.Costs;
using Colloquy.Errors;
using Colloquy.Grains.Tracing;
using Colloquy.Models;
using Colloquy.Sessions;

namespace Colloquy.Grains.Tests.Tracing;

/// <summary>Writes the journal of one turn, a second per event.</summary>
internal sealed class TurnScript
{
    public static readonly DateTimeOffset Start = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    public static readonly TraceReference Trace = new(
        "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00f067aa0ba902b7");

    private readonly List<SessionEvent> _events = [];

    public TurnScript(string session = "sesn_1")
    {
        Session = new SessionId(session);
        Message = EventId.From(Session, SourceKey.Submitted("key", 0));
        Turn = TurnId.For(Message);
    }

    public SessionId Session { get; }

    public EventId Message { get; }

    public TurnId Turn { get; }

    public TracedTurn Traced => new(Session, Turn, BuiltIn.OfflineAgent);

    public IReadOnlyList<SessionEvent> Events => _events;

    /// <summary>The spans as text, which is what being identical means for a sink.</summary>
    public string Spans() => JsonSerializer.Serialize(Build());

    public IReadOnlyList<TraceSpan> Build() => TraceBuilder.Build(Traced, _events);

    public TurnScript Asked(string text) => Add(Message, new UserMessage([new ContentBlock(text)]));

    public TurnScript Running(int number = 3) => Add(
        SourceKey.TurnStarted(Turn), new StatusRunning(Turn, Message, Start.AddMinutes(10), Trace, Number: number));

    public TurnScript CallStarted(string call, string? model = "offline-1") =>
        Add(SourceKey.ModelCallStarted(Turn, call), new ModelRequestStart(call, model));

    public TurnScript CallEnded(string call, TokenUsage tokens = default, decimal? usd = 0, bool isError = false) => Add(
        SourceKey.ModelCallEnded(Turn, call),
        new ModelRequestEnd(CallStart(call), isError, ModelUsage.From(tokens), "offline-1", call, usd, usd is null));

    public TurnScript Ended(string call, ModelRequestEnd end) => Add(SourceKey.ModelCallEnded(Turn, call), end);

    public TurnScript Emitted(params AgentSpan[] spans) => AddLine(new AgentSpans(spans));

    public TurnScript Said(string text, string? messageId = null) =>
        AddLine(new AgentMessage([new ContentBlock(text)]) { MessageId = messageId });

    public TurnScript ToolUsed(string call, string name, string input, string? parent = null) => Add(
        $"tool:{call}", new AgentToolUse(name, JsonSerializer.Deserialize<JsonElement>(input), call)
        {
            Other = parent is null
                ? null
                : new() { ["parent_tool_use_id"] = JsonSerializer.SerializeToElement(ToolUse(parent).Value) },
        });

    public TurnScript ToolAnswered(
        string call, string text, bool isError = false, string? stdout = null, string? stderr = null, int? exitCode = null) =>
        AddLine(new AgentToolResult(ToolUse(call).Value, [new ContentBlock(text)], isError, stdout, stderr, exitCode));

    public TurnScript Failed(string category, string message) => Add(
        SourceKey.TurnFailed(Turn),
        new SessionErrorEvent(
            new TurnError(
                ApiErrorType.Unknown, message, RetryStatus.Terminal, category, "agent_exit", 3, 1.5, "sbx1", "hi", "out",
                "err", Trace.TraceId, null),
            Turn));

    public TurnScript Idle(string outcome = TurnOutcome.Completed) => Add(
        SourceKey.TurnEnded(Turn),
        new StatusIdle(
            StopReason.EndTurn, Turn, outcome, 5, CostTotals.Zero with { ModelNanoUsd = 1_500_000, UnpricedCalls = 2 },
            new SandboxUsage("sbx1", 5, 2, 512, 0.0001m), Trace));

    public TurnScript Raw(string type, string json, TurnId? turn = null)
    {
        var id = EventId.From(Session, $"raw:{_events.Count}");
        _events.Add(new SessionEvent(
            _events.Count + 1, id, type, turn ?? Turn, NextAt(), null, System.Text.Encoding.UTF8.GetBytes(json)));
        return this;
    }

    /// <summary>The first events only: what a journal looks like when the rest was never written.</summary>
    public TurnScript Cut(int count)
    {
        _events.RemoveRange(count, _events.Count - count);
        return this;
    }

    public EventId CallStart(string call) => EventId.From(Session, SourceKey.ModelCallStarted(Turn, call));

    public EventId ToolUse(string call) => EventId.From(Session, $"tool:{call}");

    private TurnScript AddLine(EventBody body) => Add(SourceKey.OutputLine(Turn, _events.Count, 0), body);

    private TurnScript Add(string sourceKey, EventBody body) => Add(EventId.From(Session, sourceKey), body);

    private TurnScript Add(EventId id, EventBody body)
    {
        _events.Add(new SessionEvent(_events.Count + 1, id, body.Type, Turn, NextAt(), null, EventJson.Write(body)));
        return this;
    }

    private DateTimeOffset NextAt() => Start.AddSeconds(_events.Count);
}
