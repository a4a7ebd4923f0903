using System.Text.Json;
using System.Text.Json.Serialization;
using Colloquy.Sessions;

namespace Colloquy.Grains.Tracing;

/// <summary>Inputs and outputs of spans as JSON. What an event lacks becomes null rather than an empty value.</summary>
internal static class Json
{
    public static JsonElement? Text(string? text) =>
        text is null ? null : JsonSerializer.SerializeToElement(text, TraceJsonContext.Default.String);

    public static string? Joined(IReadOnlyList<ContentBlock>? blocks) =>
        blocks is null ? null : string.Join('\n', blocks.Select(block => block?.Text));

    public static JsonElement? Value(JsonElement value) => value.ValueKind == JsonValueKind.Undefined ? null : value;

    /// <summary>A plain text stays one; a command's output keeps its two streams apart.</summary>
    public static JsonElement? Output(AgentToolResult result)
    {
        var text = Joined(result.Content);
        return result.Stdout is null && result.Stderr is null
            ? Text(text)
            : JsonSerializer.SerializeToElement(
                new ToolOutput(text, result.Stdout, result.Stderr), TraceJsonContext.Default.ToolOutput);
    }
}

internal sealed record ToolOutput(string? Content, string? Stdout, string? Stderr);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(ToolOutput))]
internal sealed partial class TraceJsonContext : JsonSerializerContext;
