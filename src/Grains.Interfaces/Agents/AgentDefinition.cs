namespace Colloquy.Agents;

/// <summary>
/// What an agent is: how it runs, with which model, told what, allowed what. A version never changes; a session keeps
/// the version it was created with.
/// </summary>
/// <param name="Runtime">One of <see cref="AgentRuntime"/>.</param>
/// <param name="Model">A full model id, for example <c>claude-opus-5-5</c>.</param>
[GenerateSerializer, Immutable, Alias("agents.definition")]
public sealed record AgentDefinition(
    [property: Id(0)] string Id,
    [property: Id(1)] int Version,
    [property: Id(2)] string Name,
    [property: Id(3)] string Runtime,
    [property: Id(4)] string Model)
{
    [Id(5)]
    public string? Description { get; init; }

    /// <summary>Said to the model beside what the runtime itself says. Null for nothing.</summary>
    [Id(6)]
    public string? System { get; init; }

    [Id(7)]
    public AgentTools Tools { get; init; } = AgentTools.All;

    [Id(8)]
    public IReadOnlyList<McpServer> McpServers { get; init; } = [];

    /// <summary>One of <see cref="Agents.PermissionMode"/>: what happens to tool calls that no rule allows.</summary>
    [Id(9)]
    public string PermissionMode { get; init; } = Agents.PermissionMode.Bypass;

    /// <summary>The most model round trips of one turn. Null for no limit.</summary>
    [Id(10)]
    public int? MaxTurns { get; init; }

    /// <summary>How long a turn may take where the session and the message do not say. Null for the server's default.</summary>
    [Id(11)]
    public TimeSpan? TurnTimeout { get; init; }

    /// <summary>For <see cref="AgentRuntime.Command"/>: the program and its arguments. Else empty.</summary>
    [Id(12)]
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Environment variables of the agent's process.</summary>
    [Id(13)]
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>Whose token counts are booked: one of <see cref="UsageSource"/>. Null for what suits the runtime.</summary>
    [Id(14)]
    public string? UsageSource { get; init; }

    [Id(15)]
    public AgentTracing Tracing { get; init; } = AgentTracing.Default;

    [Id(16)]
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    [Id(17)]
    public DateTimeOffset CreatedAt { get; init; }

    [Id(18)]
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>An archived agent starts no new sessions.</summary>
    [Id(19)]
    public DateTimeOffset? ArchivedAt { get; init; }
}

/// <param name="AgentSpans">The agent is told to emit spans of its own, which join the turn's trace.</param>
[GenerateSerializer, Immutable, Alias("agents.tracing")]
public sealed record AgentTracing([property: Id(0)] bool AgentSpans)
{
    public static readonly AgentTracing Default = new(AgentSpans: true);
}

/// <summary>The programs that can answer a message.</summary>
public static class AgentRuntime
{
    public const string Offline = "offline";
    public const string ClaudeCode = "claude-code";
    public const string Python = "python";
    public const string Command = "command";

    public static readonly IReadOnlyList<string> All = [ClaudeCode, Python, Command, Offline];
}

/// <summary>The permission modes of the Claude Code CLI that make sense where nobody can be asked.</summary>
public static class PermissionMode
{
    /// <summary>Everything is allowed: the sandbox is the boundary.</summary>
    public const string Bypass = "bypassPermissions";

    /// <summary>What would ask is denied.</summary>
    public const string Default = "default";
    public const string AcceptEdits = "acceptEdits";
    public const string DontAsk = "dontAsk";
    public const string Plan = "plan";

    public static readonly IReadOnlyList<string> All = [Bypass, Default, AcceptEdits, DontAsk, Plan];
}

/// <summary>Whose token counts are booked. The other's, where known, are compared with them.</summary>
public static class UsageSource
{
    /// <summary>The model gateway's, read off the provider's own answers.</summary>
    public const string Gateway = "gateway";

    /// <summary>What the agent itself prints.</summary>
    public const string Output = "output";

    public static readonly IReadOnlyList<string> All = [Gateway, Output];
}
