using System.Diagnostics;
using System.Diagnostics.Metrics;
using Colloquy.Grains.Sessions;
using Colloquy.Sessions;

namespace Colloquy.Grains;

/// <summary>
/// The server's own spans and metrics, by the OpenTelemetry GenAI conventions where they have a name for it. Labels
/// are bounded: never a session or a user.
/// </summary>
public static class Telemetry
{
    /// <summary>The name of the activity source and of the meter.</summary>
    public const string Name = "Colloquy";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    private static readonly Counter<long> TurnsStarted = Meter.CreateCounter<long>("colloquy.turns.started", "{turn}");
    private static readonly Counter<long> TurnsEnded = Meter.CreateCounter<long>("colloquy.turns.ended", "{turn}");

    private static readonly Histogram<double> TurnDuration =
        Meter.CreateHistogram<double>("colloquy.turn.duration", "s");

    internal static readonly Counter<long> SandboxesCreated = Meter.CreateCounter<long>("colloquy.sandboxes.created", "{sandbox}");
    internal static readonly Counter<long> SandboxesResumed = Meter.CreateCounter<long>("colloquy.sandboxes.resumed", "{sandbox}");

    /// <summary>Created in place of one that was lost.</summary>
    internal static readonly Counter<long> SandboxesRebuilt = Meter.CreateCounter<long>("colloquy.sandboxes.rebuilt", "{sandbox}");
    internal static readonly Counter<long> SandboxesLost = Meter.CreateCounter<long>("colloquy.sandboxes.lost", "{sandbox}");

    /// <summary>Killed because no session held them.</summary>
    internal static readonly Counter<long> SandboxesSwept = Meter.CreateCounter<long>("colloquy.sandboxes.swept", "{sandbox}");

    internal static readonly Counter<long> CheckpointBytes = Meter.CreateCounter<long>("colloquy.checkpoint.bytes", "By");

    /// <summary>The turn's span. Its parent is the caller's, stored with the turn, so a restart does not lose it.</summary>
    internal static Activity? StartTurn(SessionId session, RunningTurn turn, AgentSummary agent)
    {
        TurnsStarted.Add(1);
        var trace = ActivityTraceId.CreateFromString(turn.Trace.TraceId);
        var span = ActivitySpanId.CreateFromString(turn.Trace.ParentSpanId ?? turn.Trace.SpanId);
        var parent = new ActivityContext(trace, span, ActivityTraceFlags.Recorded, isRemote: true);
        var activity = Source.StartActivity($"invoke_agent {agent.Name}", ActivityKind.Internal, parent);
        activity?.SetTag("gen_ai.operation.name", "invoke_agent");
        activity?.SetTag("gen_ai.agent.name", agent.Name);
        activity?.SetTag("gen_ai.request.model", agent.Model);
        activity?.SetTag("gen_ai.conversation.id", session.Value);
        activity?.SetTag("colloquy.turn.id", turn.Id.Value);
        return activity;
    }

    internal static void EndTurn(Activity? activity, TurnEnd end, TimeSpan duration)
    {
        var outcome = new KeyValuePair<string, object?>("outcome", end.Outcome);
        var category = new KeyValuePair<string, object?>("error.type", end.Error?.Category);
        TurnsEnded.Add(1, outcome, category);
        TurnDuration.Record(duration.TotalSeconds, outcome);
        activity?.SetTag("colloquy.turn.outcome", end.Outcome);
        if (end.Error is { } error)
        {
            activity?.SetTag("error.type", error.Category);
            activity?.SetStatus(ActivityStatusCode.Error, error.Message);
        }
    }
}
