namespace Colloquy.Grains.Agents;

/// <summary>
/// What an agent had counted in a session of its own when a turn ended. Newer CLIs go on counting from there when the
/// session is resumed, so the next turn is what came on top.
/// </summary>
/// <param name="AgentSession">The agent's id of its session, not ours.</param>
/// <param name="Models">By model.</param>
public sealed record UsageBaseline(
    string AgentSession, string? CliVersion, IReadOnlyDictionary<string, UsageCounts> Models);
