namespace Colloquy.Grains.Agents;

/// <summary>
/// What every agent's process is told about its turn, so that programs which know OpenTelemetry join its trace and
/// their logs can be found by its ids.
/// </summary>
internal static class TurnVariables
{
    /// <summary>The agent's variables with the turn's, which an agent cannot change.</summary>
    public static IReadOnlyDictionary<string, string> AddedTo(IReadOnlyDictionary<string, string> variables, AgentTurn turn) =>
        new Dictionary<string, string>(variables, StringComparer.Ordinal)
        {
            ["TRACEPARENT"] = turn.TraceParent,
            ["BAGGAGE"] = $"session.id={turn.Session},colloquy.turn.id={turn.Turn}",
            ["COLLOQUY_SESSION_ID"] = turn.Session.Value,
            ["COLLOQUY_TURN_ID"] = turn.Turn.Value,
        };
}
