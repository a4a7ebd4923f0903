using Colloquy.Sessions;

namespace Colloquy.Grains.Agents;

/// <summary>An agent that is known by name but cannot run here.</summary>
internal sealed class UnavailableAgent(AgentSummary summary, string missing) : IAgent
{
    public AgentSummary Summary => summary;

    public string Missing => missing;

    public AgentRun Prepare(AgentTurn turn) =>
        throw new InvalidOperationException($"Agent '{summary.Id}' cannot run on this server: {missing}");
}
