using System.Text.Json.Serialization;
using Colloquy.Costs;
using Colloquy.Errors;
using Colloquy.Models;

namespace Colloquy.Sessions;

/// <summary>A turn began.</summary>
/// <param name="MessageId">The message it answers.</param>
/// <param name="Deadline">When it will be stopped with a <c>timeout</c> error.</param>
/// <param name="Trace">Where its spans belong.</param>
/// <param name="IdleSandbox">Sandbox time since the previous turn ended, booked with this event.</param>
/// <param name="Number">1 for the first turn of the session; 0 if the writer did not say.</param>
public sealed record StatusRunning(
    TurnId TurnId,
    EventId MessageId,
    DateTimeOffset Deadline,
    TraceReference Trace,
    SandboxUsage? IdleSandbox = null,
    int Number = 0) : EventBody(EventTypes.StatusRunning);

/// <summary>A turn ended, and this is what it cost.</summary>
/// <param name="Outcome">One of <see cref="TurnOutcome"/>.</param>
/// <param name="Cost">Everything the turn cost: its model calls and its sandbox time.</param>
/// <param name="Sandbox">The sandbox time that is booked with this event; null if the turn had no sandbox.</param>
/// <param name="Notice">Something to know about the turn although it is no error.</param>
/// <param name="OutputWarnings">Lines of the agent output that could not be read.</param>
public sealed record StatusIdle(
    StopReason StopReason,
    TurnId TurnId,
    string Outcome,
    double DurationSeconds,
    CostTotals Cost,
    SandboxUsage? Sandbox,
    TraceReference Trace,
    int OutputWarnings = 0,
    string? Notice = null) : EventBody(EventTypes.StatusIdle)
{
    /// <summary>Spans of the agent that were too many or too large to keep.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int DroppedAgentSpans { get; init; }
}

/// <summary>Spans that the agent of the turn has emitted.</summary>
public sealed record AgentSpans(IReadOnlyList<AgentSpan> Spans) : EventBody(EventTypes.AgentSpans);

/// <summary>
/// A stretch of sandbox time that became known when no status event was there to carry it: how long an idle sandbox
/// ran is asked when it is opened again. It belongs to the turn of the event; without one, to the session.
/// </summary>
public sealed record SandboxTime(SandboxUsage Sandbox) : EventBody(EventTypes.SandboxTime);

/// <summary>The session ended for good.</summary>
public sealed record StatusTerminated(SandboxUsage? IdleSandbox = null) : EventBody(EventTypes.StatusTerminated);

/// <param name="TurnId">The turn that failed; the session stays usable.</param>
public sealed record SessionErrorEvent(TurnError Error, TurnId? TurnId) : EventBody(EventTypes.SessionError);

/// <summary>Why the session is idle, in the API's words.</summary>
public sealed record StopReason(string Type)
{
    public static readonly StopReason EndTurn = new("end_turn");
}

public static class TurnOutcome
{
    public const string Completed = "completed";
    public const string Failed = "failed";
    public const string Interrupted = "interrupted";
}

/// <param name="TraceId">W3C trace id, 32 hex digits.</param>
/// <param name="SpanId">The turn's root span, 16 hex digits.</param>
/// <param name="ParentSpanId">The caller's span, if it sent a <c>traceparent</c>.</param>
/// <param name="Url">Where to look at it; null while traces stay local.</param>
public sealed record TraceReference(string TraceId, string SpanId, string? ParentSpanId = null, string? Url = null);
