using Colloquy.Costs;

namespace Colloquy.Sessions;

/// <summary>A session as it is now: what the API shows of it.</summary>
/// <param name="Head">The last sequence of its journal.</param>
/// <param name="QueuedMessages">Accepted messages whose turn has not begun.</param>
/// <param name="ActiveSeconds">Time spent in turns that have ended.</param>
[GenerateSerializer, Immutable, Alias("sessions.snapshot")]
public sealed record SessionSnapshot(
    [property: Id(0)] SessionId Id,
    [property: Id(1)] string Status,
    [property: Id(2)] long Head,
    [property: Id(3)] AgentSummary Agent,
    [property: Id(4)] string EnvironmentId,
    [property: Id(5)] string? Title,
    [property: Id(6)] IReadOnlyDictionary<string, string> Metadata,
    [property: Id(7)] TimeSpan TurnTimeout,
    [property: Id(8)] DateTimeOffset CreatedAt,
    [property: Id(9)] DateTimeOffset UpdatedAt,
    [property: Id(10)] DateTimeOffset? EndedAt,
    [property: Id(11)] TurnId? RunningTurn,
    [property: Id(12)] int QueuedMessages,
    [property: Id(13)] int Turns,
    [property: Id(14)] double ActiveSeconds,
    [property: Id(15)] CostTotals Totals,
    [property: Id(16)] string? SandboxId,
    [property: Id(17)] WorkspaceSummary? Workspace = null);

/// <summary>What is kept of a session's files beside its sandbox, in case that is lost.</summary>
/// <param name="CheckpointTurn">The turn after which the last checkpoint was taken, by its number; null if there is none.</param>
/// <param name="TooLargeSinceTurn">The turn since which the files are too large for a checkpoint; null if they are not.</param>
[GenerateSerializer, Immutable, Alias("sessions.workspace")]
public sealed record WorkspaceSummary(
    [property: Id(0)] int? CheckpointTurn,
    [property: Id(1)] DateTimeOffset? CheckpointAt,
    [property: Id(2)] long CheckpointBytes,
    [property: Id(3)] int? TooLargeSinceTurn);

/// <summary>The agent that a session runs: name, version and model at the time of its creation.</summary>
[GenerateSerializer, Immutable, Alias("sessions.agent")]
public sealed record AgentSummary(
    [property: Id(0)] string Id,
    [property: Id(1)] int Version,
    [property: Id(2)] string Name,
    [property: Id(3)] string Model,
    [property: Id(4)] string? Description = null);
