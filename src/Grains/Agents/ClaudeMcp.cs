using System.Text.Json.Nodes;
using Colloquy.Agents;

namespace Colloquy.Grains.Agents;

/// <summary>MCP servers in the terms of the Claude Code CLI, which are those of the SDK around it too.</summary>
internal static class ClaudeMcp
{
    public static JsonObject Describe(IReadOnlyList<McpServer> servers) =>
        new(servers.Select(server => KeyValuePair.Create<string, JsonNode?>(server.Name, Describe(server))));

    private static JsonObject Describe(McpServer server) => server.Url is { } url
        ? new JsonObject { ["type"] = "http", ["url"] = url }
        : new JsonObject
        {
            ["type"] = "stdio",
            ["command"] = server.Command[0],
            ["args"] = new JsonArray([.. server.Command.Skip(1).Select(argument => (JsonNode?)argument)]),
            ["env"] = new JsonObject(
                server.Variables.Select(one => KeyValuePair.Create<string, JsonNode?>(one.Key, one.Value))),
        };
}
