using Colloquy.Agents;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>How stored things look to clients.</summary>
internal static class SessionViews
{
    public static SessionSnapshot ToSnapshot(this SessionState state) => new(
        state.Id, state.Status, state.Head, state.Agent, state.EnvironmentId, state.Title, state.Metadata,
        state.TurnTimeout, state.CreatedAt, state.UpdatedAt, state.EndedAt, state.Turn?.Id, state.Queue.Count,
        state.Turns, state.ActiveSeconds, state.Totals, state.Sandbox?.SandboxId,
        WorkspaceOf(state));

    public static AgentSummary ToSummary(this AgentDefinition agent) =>
        new(agent.Id, agent.Version, agent.Name, agent.Model, agent.Description);

    private static WorkspaceSummary? WorkspaceOf(SessionState state) => state is { Checkpoint: null, Oversized: null }
        ? null
        : new WorkspaceSummary(
            state.Checkpoint?.Turn, state.Checkpoint?.TakenAt, state.Checkpoint?.Bytes ?? 0,
            state.Oversized?.SinceTurn);

    /// <summary>Whether a stored event is what this request would have stored.</summary>
    public static bool IsSameAs(this SessionEvent stored, UserEvent sent) => (EventJson.Read(stored), sent) switch
    {
        (UserMessage was, UserMessageRequest now) =>
            was.Content.Select(block => block.Text).SequenceEqual(now.Text) &&
            was.TimeoutSeconds == now.Timeout?.TotalSeconds,
        (UserInterrupt, UserInterruptRequest) => true,
        _ => false,
    };
}
