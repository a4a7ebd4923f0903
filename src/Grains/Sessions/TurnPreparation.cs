using Colloquy.Agents;
using Colloquy.Grains.Agents;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>What a turn's agent is and what it is given. Pure.</summary>
internal sealed class TurnPreparation(AgentDefinition agent, IAgentRuntime runtime, ModelAccessIssuer models)
{
    /// <summary>Whose token counts are booked: one of <see cref="Colloquy.Agents.UsageSource"/>.</summary>
    public string UsageSource { get; } = runtime.CallsModels && !models.IsDirect
        ? runtime.UsageSource(agent)
        : Colloquy.Agents.UsageSource.Output;

    /// <param name="history">What the conversation gained since the last turn that was started in this sandbox.</param>
    public LaunchPlan Plan(SessionId session, RunningTurn turn, string prompt, ReadOnlyMemory<byte> history)
    {
        var work = new AgentTurn(
            session, turn.Id, prompt, turn.Number, TraceIds.TraceParent(turn.Trace),
            runtime.CallsModels ? models.For(session, turn) : null);
        return Launcher.Plan(work, runtime.Prepare(agent, work), history);
    }
}
