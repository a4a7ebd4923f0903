using System.Text;
using System.Text.Json.Nodes;
using Colloquy.Agents;

namespace Colloquy.Grains.Agents.Python;

/// <summary>The file options.json that runner.py reads: the agent's definition in the SDK's terms.</summary>
internal static class RunnerOptions
{
    /// <summary>Our names of the tools, and the CLI's.</summary>
    private static readonly Dictionary<string, string> ToolNames = new(StringComparer.Ordinal)
    {
        ["bash"] = "Bash",
        ["read"] = "Read",
        ["write"] = "Write",
        ["edit"] = "Edit",
        ["glob"] = "Glob",
        ["grep"] = "Grep",
        ["web_search"] = "WebSearch",
        ["web_fetch"] = "WebFetch",
    };

    public static byte[] Write(AgentDefinition agent)
    {
        var tools = agent.Tools;
        var options = new JsonObject
        {
            ["model"] = agent.Model,
            ["system"] = agent.System,
            ["permission_mode"] = agent.PermissionMode,
            ["max_turns"] = agent.MaxTurns,
            // Null: the CLI's own set, of which the named ones are taken away.
            ["tools"] = tools.Default.Enabled ? null : Names(policy => policy.Enabled),
            ["allowed_tools"] = Allowed(agent),
            ["disallowed_tools"] = Names(policy => !policy.Enabled),
            ["mcp_servers"] = new JsonObject(agent.McpServers.Select(server => KeyValuePair.Create(server.Name, (JsonNode?)Describe(server)))),
        };
        return Encoding.UTF8.GetBytes(options.ToJsonString());

        JsonArray Names(Func<ToolPolicy, bool> of) => Array(ToolNames.Where(name => of(tools.For(name.Key))).Select(name => name.Value));
    }

    private static JsonArray Allowed(AgentDefinition agent)
    {
        var named = ToolNames.Where(name => IsAllowed(agent.Tools.For(name.Key))).Select(name => name.Value);
        var served = agent.McpServers.Where(_ => IsAllowed(agent.Tools.Default)).Select(server => $"mcp__{server.Name}");
        return Array(named.Concat(served));
    }

    private static bool IsAllowed(ToolPolicy policy) => policy is { Enabled: true, Permission: ToolPolicy.AlwaysAllow };

    private static JsonObject Describe(McpServer server) => server.Url is { } url
        ? new JsonObject { ["type"] = "http", ["url"] = url }
        : new JsonObject
        {
            ["type"] = "stdio",
            ["command"] = server.Command[0],
            ["args"] = Array(server.Command.Skip(1)),
            ["env"] = new JsonObject(server.Variables.Select(one => KeyValuePair.Create(one.Key, (JsonNode?)one.Value))),
        };

    private static JsonArray Array(IEnumerable<string> items) => new([.. items.Select(item => (JsonNode?)item)]);
}
