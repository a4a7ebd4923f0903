namespace Colloquy.Sessions;

/// <summary>What a session is created with. Everything is optional.</summary>
/// <param name="TurnTimeout">How long each of its turns may take; between one second and 24 hours. Default 10 minutes.</param>
[GenerateSerializer, Immutable, Alias("sessions.create")]
public sealed record CreateSession(
    [property: Id(0)] string AgentId = BuiltIn.DefaultAgent,
    [property: Id(1)] string EnvironmentId = BuiltIn.DefaultEnvironment,
    [property: Id(2)] string? Title = null,
    [property: Id(3)] TimeSpan? TurnTimeout = null)
{
    [Id(4)]
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>The agent's version; null for its latest.</summary>
    [Id(5)]
    public int? AgentVersion { get; init; }
}

/// <summary>The definitions that exist without being created.</summary>
public static class BuiltIn
{
    public const string DefaultAgent = "agent_default";
    public const string OfflineAgent = "agent_offline";
    public const string ClaudeCodeAgent = "agent_claude_code";
    public const string PythonAgent = "agent_python";
    public const string DefaultEnvironment = "env_default";

    public static readonly IReadOnlyList<string> Agents = [ClaudeCodeAgent, DefaultAgent, OfflineAgent, PythonAgent];
}
