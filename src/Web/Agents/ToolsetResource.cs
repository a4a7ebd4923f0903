using System.Text.Json.Serialization;
using Colloquy.Agents;

namespace Colloquy.Web.Agents;

/// <param name="Type">agent_toolset_20260401 or mcp_toolset.</param>
/// <param name="McpServerName">Whose tools an mcp_toolset holds.</param>
internal sealed record ToolsetResource(
    string Type,
    ToolPolicyResource DefaultConfig,
    IReadOnlyList<ToolConfigResource> Configs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? McpServerName = null)
{
    /// <summary>The agent's own tools, unless it has none, and those of each server that it declares.</summary>
    public static IReadOnlyList<ToolsetResource> From(AgentDefinition agent)
    {
        var servers = agent.McpServers.Where(server => server.Url is not null).Select(server => new ToolsetResource(
            ToolsReader.McpToolset, ToolPolicyResource.From(ToolPolicy.Allowed), [], server.Name));
        return agent.Tools is { Default.Enabled: false, Named.Count: 0 } ? [.. servers] : [Own(agent.Tools), .. servers];
    }

    private static ToolsetResource Own(AgentTools tools) => new(
        ToolsReader.BuiltInToolset,
        ToolPolicyResource.From(tools.Default),
        [
            .. tools.Named.Select(tool => new ToolConfigResource(
                tool.Key, tool.Key, tool.Value.Enabled, new PermissionResource(tool.Value.Permission))),
        ]);
}

internal sealed record ToolPolicyResource(bool Enabled, PermissionResource PermissionPolicy)
{
    public static ToolPolicyResource From(ToolPolicy policy) => new(policy.Enabled, new PermissionResource(policy.Permission));
}

/// <param name="Type">The tool's name once more.</param>
internal sealed record ToolConfigResource(string Type, string Name, bool Enabled, PermissionResource PermissionPolicy);

/// <param name="Type">always_allow or always_ask.</param>
internal sealed record PermissionResource(string Type);
