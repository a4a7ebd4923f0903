using System.Text.Json.Serialization;
using Colloquy.Agents;
using Colloquy.Costs;
using Colloquy.Sessions;
using Colloquy.Web.Agents;

namespace Colloquy.Web.Sessions;

/// <summary>A session in the Managed Agents shape, and what this server adds to it.</summary>
/// <param name="Status">idle, running, rescheduling or terminated.</param>
/// <param name="TurnTimeoutSeconds">How long each turn may take.</param>
/// <param name="RunningTurnId">The turn that runs now.</param>
/// <param name="QueuedMessages">Accepted messages whose turn has not begun.</param>
/// <param name="Turns">Turns that have begun.</param>
/// <param name="SandboxId">The sandbox it holds now.</param>
/// <param name="Cost">Everything it has cost.</param>
/// <param name="LastSequence">The sequence of its newest event; follow the stream from here with <c>?after=</c>.</param>
internal sealed record SessionResource(
    string Id,
    string Status,
    string? Title,
    AgentResource Agent,
    string EnvironmentId,
    IReadOnlyDictionary<string, string> Metadata,
    UsageResource Usage,
    StatsResource Stats,
    DateTime CreatedAt,
    DateTime UpdatedAt,
    DateTime? EndedAt,
    double TurnTimeoutSeconds,
    string? RunningTurnId,
    int QueuedMessages,
    int Turns,
    string? SandboxId,
    CostTotals Cost,
    long LastSequence)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "session";

    public IReadOnlyList<string> Resources { get; } = [];

    public IReadOnlyList<string> VaultIds { get; } = [];

    public IReadOnlyList<string> OutcomeEvaluations { get; } = [];

    public string? DeploymentId { get; }

    public DateTime? ArchivedAt { get; }

    /// <param name="agent">The version that it runs; null where its summary is enough.</param>
    public static SessionResource From(SessionSnapshot session, DateTimeOffset now, AgentDefinition? agent = null) => new(
        session.Id.Value,
        session.Status,
        session.Title,
        agent is null ? AgentResource.From(session.Agent) : AgentResource.From(agent),
        session.EnvironmentId,
        session.Metadata,
        UsageResource.From(session.Totals.Tokens),
        new StatsResource(session.ActiveSeconds, ((session.EndedAt ?? now) - session.CreatedAt).TotalSeconds),
        session.CreatedAt.UtcDateTime,
        session.UpdatedAt.UtcDateTime,
        session.EndedAt?.UtcDateTime,
        session.TurnTimeout.TotalSeconds,
        session.RunningTurn?.Value,
        session.QueuedMessages,
        session.Turns,
        session.SandboxId,
        session.Totals,
        session.Head);
}

/// <summary>Tokens in disjoint counters.</summary>
internal sealed record UsageResource(
    long InputTokens, long OutputTokens, long CacheReadInputTokens, CacheCreation CacheCreation)
{
    public static UsageResource From(TokenUsage tokens) => new(
        tokens.Input, tokens.Output, tokens.CacheRead, new CacheCreation(tokens.CacheWrite5m, tokens.CacheWrite1h));
}

/// <param name="ActiveSeconds">Time spent in turns that have ended.</param>
/// <param name="DurationSeconds">Time since the creation, up to the end if it has ended.</param>
internal sealed record StatsResource(double ActiveSeconds, double DurationSeconds);

/// <param name="NextPage">The <c>page</c> of the following page; null at the end.</param>
internal sealed record SessionList(IReadOnlyList<SessionResource> Data, string? NextPage)
{
    /// <summary>Always null: pages go forward only.</summary>
    public string? PrevPage { get; }
}

internal sealed record DeletedSession(string Id)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "session_deleted";
}
