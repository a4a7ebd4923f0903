using System.Text.Json.Nodes;

namespace Colloquy.Emulators;

/// <summary>A request to the Messages API, as rules look at it.</summary>
public sealed class MessagesRequest
{
    public MessagesRequest(JsonObject body)
    {
        Body = body;
        Messages = [.. (body["messages"] as JsonArray ?? []).OfType<JsonObject>()];
    }

    public JsonObject Body { get; }

    public string Model => (string?)Body["model"] ?? "";

    public bool Stream => (bool?)Body["stream"] ?? false;

    /// <summary>Newer clients put entries with the role <c>system</c> among them, also after the user's message.</summary>
    public IReadOnlyList<JsonObject> Messages { get; }

    public string SystemText => TextOf(Body["system"]);

    /// <summary>The names of the tools on offer.</summary>
    public IReadOnlyList<string> Tools =>
        [.. (Body["tools"] as JsonArray ?? []).Select(tool => (string?)tool?["name"] ?? "")];

    /// <summary>What the user has said last; what the client has added to it is left out.</summary>
    public string LastUserText => Messages
        .Where(message => Role(message) == "user").Select(message => TextOf(message["content"]))
        .LastOrDefault(text => text.Length > 0, "");

    /// <summary>The results that the newest message brings; none if the model has not asked for any yet.</summary>
    public IReadOnlyList<ToolResult> ToolResults =>
        [.. Blocks(Messages.LastOrDefault(message => Role(message) == "user")?["content"])
            .Where(block => (string?)block["type"] == "tool_result")
            .Select(block => new ToolResult(
                (string?)block["tool_use_id"] ?? "", TextOf(block["content"]), (bool?)block["is_error"] ?? false))];

    /// <summary>All that is said in the conversation, whoever says it.</summary>
    public string ConversationText => string.Join('\n', Messages.Select(message => TextOf(message["content"])));

    public static string Role(JsonObject message) => (string?)message["role"] ?? "";

    private static string TextOf(JsonNode? content) => content is JsonValue value
        ? value.GetValue<string>()
        : string.Join('\n', Blocks(content)
            .Where(block => (string?)block["type"] == "text").Select(block => (string?)block["text"] ?? "")
            .Where(text => !text.StartsWith("<system-reminder>", StringComparison.Ordinal)));

    private static IEnumerable<JsonObject> Blocks(JsonNode? content) => (content as JsonArray ?? []).OfType<JsonObject>();
}

public sealed record ToolResult(string ToolUseId, string Text, bool IsError);
