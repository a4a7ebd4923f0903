using System.Buffers;
using System.Text.Json;
using Colloquy.Agents;

namespace Colloquy.Grains.Agents.ClaudeCode;

/// <summary>The file for <c>--mcp-config</c>.</summary>
internal static class ClaudeCodeMcp
{
    public static byte[] Write(IReadOnlyList<McpServer> servers)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteStartObject("mcpServers");
            foreach (var server in servers)
            {
                json.WriteStartObject(server.Name);
                WriteServer(json, server);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    private static void WriteServer(Utf8JsonWriter json, McpServer server)
    {
        if (server.Url is { } url)
        {
            json.WriteString("type", "http");
            json.WriteString("url", url);
            return;
        }

        json.WriteString("type", "stdio");
        json.WriteString("command", server.Command[0]);
        json.WriteStartArray("args");
        foreach (var argument in server.Command.Skip(1))
        {
            json.WriteStringValue(argument);
        }

        json.WriteEndArray();
        json.WriteStartObject("env");
        foreach (var (name, value) in server.Variables)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
    }
}
