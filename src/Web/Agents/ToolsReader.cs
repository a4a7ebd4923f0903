using Colloquy.Agents;
using Colloquy.Web.Definitions;
using Colloquy.Web.Requests;

namespace Colloquy.Web.Agents;

/// <summary>Reads the original <c>tools</c>.</summary>
internal static class ToolsReader
{
    public const string BuiltInToolset = "agent_toolset_20260401";
    public const string McpToolset = "mcp_toolset";

    /// <summary>An agent without tools of its own.</summary>
    public static readonly AgentTools None =
        new(new ToolPolicy(false, ToolPolicy.AlwaysAllow), new Dictionary<string, ToolPolicy>());

    /// <summary>Options of single tools that would have to be enforced, and are not.</summary>
    private static readonly string[] Unsupported =
        ["allowed_domains", "blocked_domains", "max_content_tokens", "url_sources", "user_location"];

    /// <param name="servers">The servers that the agent declares.</param>
    public static AgentTools Read(JsonInput tools, IReadOnlyList<McpServer> servers)
    {
        AgentTools? own = null;
        foreach (var tool in tools.Items())
        {
            var type = tool.Member("type") ?? throw tool.Wrong($"needs a type: {BuiltInToolset} or {McpToolset}.");
            switch (type.Text())
            {
                case BuiltInToolset:
                    own = own is null ? ReadOwn(tool) : throw type.Wrong($"'{BuiltInToolset}' may stand there once only.");
                    break;
                case McpToolset:
                    CheckMcp(tool, servers);
                    break;
                case "custom":
                    throw type.Wrong("custom tools are not supported. Offer the tool from an MCP server instead.");
                default:
                    throw type.Wrong($"'{type.Text()}' is not supported. Use {BuiltInToolset} or {McpToolset}.");
            }
        }

        return own ?? None;
    }

    private static AgentTools ReadOwn(JsonInput toolset)
    {
        var standard = ReadPolicy(toolset.Member("default_config"), ToolPolicy.Allowed);
        var named = new Dictionary<string, ToolPolicy>(StringComparer.Ordinal);
        foreach (var config in toolset.Member("configs")?.Items() ?? [])
        {
            var name = config.Member("name") ?? throw config.Wrong("needs a name.");
            if (!AgentTools.Names.Contains(name.Text()))
            {
                throw name.Wrong($"'{name.Text()}' is not one of {string.Join(", ", AgentTools.Names)}.");
            }

            foreach (var option in Unsupported)
            {
                config.Refuse(option, "is not supported: nothing would enforce it. Leave it out.");
            }

            named[name.Text()] = ReadPolicy(config, standard);
        }

        return new AgentTools(standard, named);
    }

    /// <summary>All tools of a declared server are available, whether or not a toolset names it.</summary>
    private static void CheckMcp(JsonInput toolset, IReadOnlyList<McpServer> servers)
    {
        var name = toolset.Member("mcp_server_name") ?? throw toolset.Wrong("needs an mcp_server_name.");
        if (!servers.Any(server => server.Name == name.Text()))
        {
            throw name.Wrong($"the agent declares no server '{name.Text()}' in mcp_servers or local_mcp_servers.");
        }

        if (ReadPolicy(toolset.Member("default_config"), ToolPolicy.Allowed) != ToolPolicy.Allowed ||
            toolset.Member("configs")?.Items().Any(config => ReadPolicy(config, ToolPolicy.Allowed) != ToolPolicy.Allowed) == true)
        {
            throw toolset.Wrong("tools of MCP servers can only be enabled and always_allow.");
        }
    }

    private static ToolPolicy ReadPolicy(JsonInput? config, ToolPolicy fallback)
    {
        var permission = config?.Member("permission_policy")?.Member("type");
        if (permission?.Text() is not (null or ToolPolicy.AlwaysAllow or ToolPolicy.AlwaysAsk))
        {
            throw permission.Value.Wrong($"must be '{ToolPolicy.AlwaysAllow}' or '{ToolPolicy.AlwaysAsk}'.");
        }

        return new ToolPolicy(
            config?.Member("enabled")?.Flag() ?? fallback.Enabled, permission?.Text() ?? fallback.Permission);
    }
}
