using Colloquy.Agents;
using Colloquy.Grains.Agents.Offline;
using Colloquy.Sessions;

namespace Colloquy.Grains.Agents;

/// <summary>The agents that exist without being created.</summary>
public static class BuiltInAgents
{
    private const string DefaultModel = "claude-opus-5-5";

    internal static readonly DateTimeOffset Since = new(2026, 11, 23, 0, 0, 0, TimeSpan.Zero);

    private static readonly AgentDefinition Offline = new(
        BuiltIn.OfflineAgent, 1, "Offline", AgentRuntime.Offline, OfflineRuntime.Model)
    {
        Description = "A deterministic agent for demos: it follows simple instructions in the sandbox and calls no model. " +
            "Token counts are estimates.",
        CreatedAt = Since,
        UpdatedAt = Since,
    };

    private static readonly AgentDefinition ClaudeCode = Offline with
    {
        Id = BuiltIn.ClaudeCodeAgent,
        Name = "Claude Code",
        Runtime = AgentRuntime.ClaudeCode,
        Model = DefaultModel,
        Description = "The Claude Code CLI in the sandbox.",
    };

    private static readonly AgentDefinition Python = ClaudeCode with
    {
        Id = BuiltIn.PythonAgent,
        Name = "Python",
        Runtime = AgentRuntime.Python,
        Description = "A Python program with the Claude Agent SDK in the sandbox.",
    };

    /// <summary>Oldest version first. Without a model, the default agent is its first version.</summary>
    private static readonly Dictionary<string, AgentDefinition[]> Versions = new(StringComparer.Ordinal)
    {
        [BuiltIn.DefaultAgent] =
        [
            Offline with { Id = BuiltIn.DefaultAgent },
            ClaudeCode with { Id = BuiltIn.DefaultAgent, Version = 2 },
        ],
        [BuiltIn.OfflineAgent] = [Offline],
        [BuiltIn.ClaudeCodeAgent] = [ClaudeCode],
        [BuiltIn.PythonAgent] = [Python],
    };

    public static IReadOnlyList<string> Ids { get; } = [.. Versions.Keys.Order(StringComparer.Ordinal)];

    /// <param name="version">Null for the one that new sessions get.</param>
    /// <returns>Null if there is no such agent or version.</returns>
    public static AgentDefinition? Find(string id, int? version, ModelAccessOptions models)
    {
        if (!Versions.TryGetValue(id, out var versions))
        {
            return null;
        }

        var number = version ?? Latest(id, models);
        return number >= 1 && number <= versions.Length ? versions[number - 1] : null;
    }

    /// <summary>Oldest first, up to the one that new sessions get.</summary>
    /// <returns>Null if it is not built in.</returns>
    public static IReadOnlyList<AgentDefinition>? VersionsOf(string id, ModelAccessOptions models) =>
        Versions.TryGetValue(id, out var versions) ? versions[..Latest(id, models)] : null;

    private static int Latest(string id, ModelAccessOptions models) =>
        id == BuiltIn.DefaultAgent && models.Missing is not null ? 1 : Versions[id].Length;
}
