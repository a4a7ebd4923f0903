using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;

namespace Colloquy.Grains.Agents;

/// <summary>A way to answer a message: which program runs in the sandbox, with what. Its output is stream-json.</summary>
public interface IAgent
{
    AgentSummary Summary { get; }

    /// <summary>Null if it can run here; else what is missing, in words for the user.</summary>
    string? Missing { get; }

    /// <summary>Pure: the same turn always gives the same run.</summary>
    AgentRun Prepare(AgentTurn turn);
}

/// <summary>What an agent is told about a turn.</summary>
/// <param name="Prompt">The user's message.</param>
/// <param name="TurnNumber">1 for the first turn of the session.</param>
/// <param name="TraceParent">W3C <c>traceparent</c> whose span is the turn.</param>
public sealed record AgentTurn(
    SessionId Session, TurnId Turn, string Prompt, int TurnNumber, string TraceParent);

/// <summary>What the launcher is given.</summary>
/// <param name="Files">Relative to the turn's folder; the launcher adds <c>prompt</c>, the agent's standard input.</param>
/// <param name="Command">
/// Program and arguments, started in the home folder (the agent's workspace). <c>$TURN_DIR</c> and <c>$HISTORY</c>
/// in its environment name the turn's folder and the conversation so far (JSON lines: <c>role</c>, <c>text</c>).
/// </param>
public sealed record AgentRun(
    IReadOnlyList<SandboxFile> Files,
    IReadOnlyList<string> Command,
    IReadOnlyDictionary<string, string> Environment);

/// <summary>The agents by id. Definitions that users create come later; these are built in.</summary>
public sealed class AgentCatalog(IEnumerable<IAgent> agents)
{
    private readonly Dictionary<string, IAgent> _agents =
        agents.ToDictionary(agent => agent.Summary.Id, StringComparer.Ordinal);

    /// <exception cref="InvalidInputException">Unknown, or known and something it needs is missing here.</exception>
    public IAgent Get(string id)
    {
        if (!_agents.TryGetValue(id, out var agent))
        {
            throw new InvalidInputException(
                "agent", $"'{id}' is not known. Known agents: {string.Join(", ", _agents.Keys.Order(StringComparer.Ordinal))}.");
        }

        return agent.Missing is { } missing
            ? throw new InvalidInputException("agent", $"'{id}' cannot run on this server: {missing}")
            : agent;
    }
}
