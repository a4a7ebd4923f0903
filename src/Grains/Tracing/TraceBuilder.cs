using System.Text.Json;
using Colloquy.Sessions;

namespace Colloquy.Grains.Tracing;

/// <summary>
/// Turns the stored events of a turn into its spans: a <c>task</c> for the turn, an <c>llm</c> or <c>tool</c> child for
/// each model call and tool use, and the spans that the agent emitted. The same events always give the same spans, ids
/// included.
/// </summary>
public static class TraceBuilder
{
    /// <param name="events">In the order of the journal. Those of other turns are skipped.</param>
    /// <returns>
    /// The root first, then its children in the order they began. Steps that never ended (the server or the sandbox
    /// died) end with the turn and carry <c>unfinished</c> in their metadata. Empty if the events lack a readable
    /// start of the turn, which alone knows the trace they belong to.
    /// </returns>
    public static IReadOnlyList<TraceSpan> Build(TracedTurn turn, IReadOnlyList<SessionEvent> events)
    {
        var fold = new TurnFold(turn);
        foreach (var stored in events.Where(stored => stored.TurnId == turn.Turn))
        {
            fold.Add(stored);
        }

        return fold.ToSpans();
    }

    /// <summary>
    /// The message that a turn answers, from the event that started it; null if the event cannot be read.
    /// </summary>
    public static EventId? MessageOf(SessionEvent running)
    {
        try
        {
            return (EventJson.Read(running) as StatusRunning)?.MessageId;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <param name="AgentId">Null if it is not known.</param>
public sealed record TracedTurn(SessionId Session, TurnId Turn, string? AgentId);

/// <summary>The names that spans of this server use beside those of the sinks.</summary>
public static class SpanMetadata
{
    public const string SessionId = "session_id";
    public const string TurnId = "turn_id";
    public const string AgentId = "agent_id";

    /// <summary>The end of this step was never seen; its end time is the turn's.</summary>
    public const string Unfinished = "unfinished";

    /// <summary>A model call that was cut: its counts are what was seen until then.</summary>
    public const string Incomplete = "incomplete";
    public const string Unpriced = "unpriced";

    /// <summary>A model call of which nobody saw the end: its counts are the most it may have used.</summary>
    public const string Estimated = "estimated";

    /// <summary>A model call that a subscription pays for.</summary>
    public const string Notional = "notional";

    /// <summary>The provider's id of a model request.</summary>
    public const string RequestId = "request_id";
    public const string ErrorCategory = "error_category";
}
