using System.Text;
using System.Text.Json.Nodes;
using Colloquy.Agents;

namespace Colloquy.Grains.Agents.Python;

/// <summary>The file options.json that runner.py reads: the agent's definition in the SDK's terms.</summary>
internal static class RunnerOptions
{
    public static byte[] Write(AgentDefinition agent)
    {
        var tools = ClaudeTools.Of(agent);
        var options = new JsonObject
        {
            ["model"] = agent.Model,
            ["system"] = agent.System,
            ["permission_mode"] = agent.PermissionMode,
            ["max_turns"] = agent.MaxTurns,
            ["tools"] = tools.Existing is { } existing ? Array(existing) : null,
            ["allowed_tools"] = Array(tools.Allowed),
            ["disallowed_tools"] = Array(tools.Disallowed),
            ["mcp_servers"] = ClaudeMcp.Describe(agent.McpServers),
        };
        return Encoding.UTF8.GetBytes(options.ToJsonString());
    }

    private static JsonArray Array(IEnumerable<string> items) => new([.. items.Select(item => (JsonNode?)item)]);
}
