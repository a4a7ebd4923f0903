using Colloquy.Agents;

namespace Colloquy.Grains.Agents;

/// <summary>The stored form of an agent.</summary>
public sealed record AgentState
{
    public const int CurrentSchema = 1;

    public int SchemaVersion { get; init; } = CurrentSchema;

    /// <summary>Of the request that created it, to tell a repetition from another request.</summary>
    public string CreateHash { get; init; } = "";

    /// <summary>Version 1 first.</summary>
    public IReadOnlyList<AgentDefinition> Versions { get; init; } = [];

    /// <summary>Of the agent as a whole, so its versions do not say it.</summary>
    public DateTimeOffset? ArchivedAt { get; init; }
}
