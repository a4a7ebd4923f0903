using Colloquy.Environments;

namespace Colloquy.Grains.Environments;

/// <summary>The stored form of an environment.</summary>
public sealed record EnvironmentState
{
    public const int CurrentSchema = 1;

    public int SchemaVersion { get; init; } = CurrentSchema;

    /// <summary>Of the request that created it, to tell a repetition from another request.</summary>
    public string CreateHash { get; init; } = "";

    /// <summary>Null if it was never created, or was deleted.</summary>
    public EnvironmentDefinition? Definition { get; init; }
}
