using Colloquy.Agents;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;

namespace Colloquy.Grains.Agents;

/// <summary>A way to answer a message: which program runs in the sandbox, with what. Its output is stream-json.</summary>
public interface IAgentRuntime
{
    /// <summary>One of <see cref="AgentRuntime"/>.</summary>
    string Kind { get; }

    /// <summary>Null if it can run here; else what is missing and what to do, in words for the user.</summary>
    string? Missing { get; }

    /// <summary>The template of the sandboxes that it needs; null for the server's default.</summary>
    string? Template { get; }

    /// <summary>Its turns get access to the model: <see cref="AgentTurn.Model"/> is set.</summary>
    bool CallsModels { get; }

    /// <summary>Pure: the same turn always gives the same run.</summary>
    AgentRun Prepare(AgentDefinition agent, AgentTurn turn);
}

/// <summary>What an agent is told about a turn.</summary>
/// <param name="Prompt">The user's message.</param>
/// <param name="TurnNumber">1 for the first turn of the session.</param>
/// <param name="TraceParent">W3C <c>traceparent</c> whose span is the turn.</param>
/// <param name="Model">How it reaches the model; null if it needs none.</param>
public sealed record AgentTurn(
    SessionId Session, TurnId Turn, string Prompt, int TurnNumber, string TraceParent, ModelAccess? Model = null);

/// <summary>What the launcher is given.</summary>
/// <param name="Files">
/// Relative to the turn's folder. <c>prompt</c> is the agent's standard input; without one it is the user's message.
/// </param>
/// <param name="Command">
/// Program and arguments, started in the home folder (the agent's workspace). <c>$TURN_DIR</c> and <c>$HISTORY</c>
/// in its environment name the turn's folder and the conversation so far (JSON lines: <c>role</c>, <c>text</c>);
/// <c>TurnVariables</c> are there too.
/// </param>
public sealed record AgentRun(
    IReadOnlyList<SandboxFile> Files,
    IReadOnlyList<string> Command,
    IReadOnlyDictionary<string, string> Environment);
