using Colloquy.Agents;
using Colloquy.Web.Requests;

namespace Colloquy.Web.Agents;

/// <summary>Reads the servers of tools that an agent declares.</summary>
internal static class McpServersReader
{
    private static readonly IReadOnlyDictionary<string, string> NoVariables = new Dictionary<string, string>();

    /// <summary>The original <c>mcp_servers</c>.</summary>
    public static IReadOnlyList<McpServer> ReadRemote(JsonInput servers) => [.. servers.Items().Select(ReadRemoteOne)];

    /// <summary>Our <c>local_mcp_servers</c>: programs in the sandbox.</summary>
    public static IReadOnlyList<McpServer> ReadLocal(JsonInput servers) => [.. servers.Items().Select(ReadLocalOne)];

    private static McpServer ReadRemoteOne(JsonInput server)
    {
        if (server.Member("type") is { } type && type.Text() != "url")
        {
            throw type.Wrong("must be 'url'. Servers that are programs in the sandbox belong into local_mcp_servers.");
        }

        return new McpServer(Needed(server, "name").Text(), Needed(server, "url").Text(), [], NoVariables);
    }

    private static McpServer ReadLocalOne(JsonInput server) => new(
        Needed(server, "name").Text(), null, Needed(server, "command").Texts(),
        server.Member("variables")?.Map() ?? NoVariables);

    private static JsonInput Needed(JsonInput server, string name) =>
        server.Member(name) ?? throw server.Wrong($"needs a {name}.");
}
