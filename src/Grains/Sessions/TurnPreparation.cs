using Colloquy.Agents;
using Colloquy.Grains.Agents;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>What a turn's agent is and what it is given. Pure.</summary>
internal sealed class TurnPreparation(AgentDefinition agent, IAgentRuntime runtime, ModelAccessIssuer models)
{
    private const string DirectNotice =
        "The agent was handed the provider's key, because its sandbox cannot reach the model gateway: whatever runs " +
        "in the sandbox can read that key, and token counts are what the agent itself reports.";

    /// <summary>
    /// One of <see cref="Colloquy.Agents.UsageSource"/>. The gateway counts only what goes through it.
    /// </summary>
    public string UsageSource => runtime.CallsModels && models.ThroughGateway
        ? agent.UsageSource ?? Colloquy.Agents.UsageSource.Gateway
        : Colloquy.Agents.UsageSource.Output;

    /// <summary>What the user should know about every turn of this agent; null for nothing.</summary>
    public string? Notice => runtime.CallsModels && models.Direct ? DirectNotice : null;

    /// <param name="history">What the conversation gained since the last turn that was started in this sandbox.</param>
    public LaunchPlan Plan(SessionId session, RunningTurn turn, string prompt, ReadOnlyMemory<byte> history)
    {
        var work = new AgentTurn(
            session, turn.Id, prompt, turn.Number, TraceIds.TraceParent(turn.Trace),
            runtime.CallsModels ? models.For(session, turn) : null);
        return Launcher.Plan(work, runtime.Prepare(agent, work), history);
    }
}
