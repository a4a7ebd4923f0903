using System.Text.Json.Serialization;
using Colloquy.Agents;
using Colloquy.Sessions;

namespace Colloquy.Web.Agents;

/// <summary>An agent in the Managed Agents shape, and what this server adds to it.</summary>
/// <param name="Version">A version never changes; an update makes a new one.</param>
/// <param name="ArchivedAt">An archived agent starts no new sessions.</param>
/// <param name="Runtime">claude-code, python, command or offline; null in lists of sessions, like all that follows.</param>
/// <param name="PermissionMode">What happens to tool calls that no rule allows.</param>
/// <param name="MaxTurns">The most model round trips of one turn; null for no limit.</param>
/// <param name="TurnTimeoutSeconds">How long a turn may take where the session does not say.</param>
/// <param name="Command">The program of the runtime command.</param>
/// <param name="Variables">Environment variables of the agent's process.</param>
/// <param name="UsageSource">Whose token counts are booked: gateway or output; null for what suits the runtime.</param>
/// <param name="LocalMcpServers">Servers of tools that the agent starts in its sandbox.</param>
internal sealed record AgentResource(
    string Id,
    int Version,
    string Name,
    string? Description,
    string? System,
    ModelResource Model,
    IReadOnlyList<ToolsetResource> Tools,
    IReadOnlyList<McpServerResource> McpServers,
    IReadOnlyDictionary<string, string> Metadata,
    DateTime? CreatedAt,
    DateTime? UpdatedAt,
    DateTime? ArchivedAt,
    string? Runtime,
    string? PermissionMode,
    int? MaxTurns,
    double? TurnTimeoutSeconds,
    IReadOnlyList<string>? Command,
    IReadOnlyDictionary<string, string>? Variables,
    string? UsageSource,
    TracingResource? Tracing,
    IReadOnlyList<LocalMcpServerResource>? LocalMcpServers)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "agent";

    public IReadOnlyList<string> Skills { get; } = [];

    public ExecutionIdentity ExecutionIdentity { get; } = new("service_account");

    public string? Multiagent { get; }

    public static AgentResource From(AgentDefinition agent) => new(
        agent.Id,
        agent.Version,
        agent.Name,
        agent.Description,
        agent.System,
        new ModelResource(agent.Model),
        ToolsetResource.From(agent),
        [.. agent.McpServers.Where(server => server.Url is not null).Select(server => new McpServerResource(server.Name, server.Url!))],
        agent.Metadata,
        agent.CreatedAt.UtcDateTime,
        agent.UpdatedAt.UtcDateTime,
        agent.ArchivedAt?.UtcDateTime,
        agent.Runtime,
        agent.PermissionMode,
        agent.MaxTurns,
        agent.TurnTimeout?.TotalSeconds,
        agent.Command,
        agent.Variables,
        agent.UsageSource,
        new TracingResource(agent.Tracing.AgentSpans),
        [
            .. agent.McpServers.Where(server => server.Url is null)
                .Select(server => new LocalMcpServerResource(server.Name, server.Command, server.Variables)),
        ]);

    /// <summary>What a list of sessions knows of their agents.</summary>
    public static AgentResource From(AgentSummary agent) => new(
        agent.Id, agent.Version, agent.Name, agent.Description, null, new ModelResource(agent.Model), [], [],
        new Dictionary<string, string>(), null, null, null, null, null, null, null, null, null, null, null, null);
}

internal sealed record ModelResource(string Id)
{
    public string Speed { get; } = "standard";
}

internal sealed record ExecutionIdentity(string Type);

internal sealed record McpServerResource(string Name, string Url)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "url";
}

internal sealed record LocalMcpServerResource(
    string Name, IReadOnlyList<string> Command, IReadOnlyDictionary<string, string> Variables);

/// <param name="AgentSpans">The agent emits spans of its own, which join the turn's trace.</param>
internal sealed record TracingResource(bool AgentSpans);

/// <param name="NextPage">The <c>page</c> of the following page; null at the end.</param>
internal sealed record AgentList(IReadOnlyList<AgentResource> Data, string? NextPage);
