using Colloquy.Agents;

namespace Colloquy.Grains.Agents.Command;

/// <summary>
/// Any program that prints stream-json lines. What it is given and what is understood of its output is a contract with
/// others: docs/agents.md.
/// </summary>
internal sealed class CommandRuntime : IAgentRuntime
{
    public string Kind => AgentRuntime.Command;

    /// <summary>It may do without a model: if none can be called, it gets no credentials.</summary>
    public string? Missing => null;

    public string? Template => null;

    public bool CallsModels => true;

    public AgentRun Prepare(AgentDefinition agent, AgentTurn turn) =>
        AgentEnvironment.Run(agent, turn, [], agent.Command, ProgramVariables.None);
}
