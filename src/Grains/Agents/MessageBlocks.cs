using System.Globalization;
using System.Text.Json;
using Colloquy.Sessions;

namespace Colloquy.Grains.Agents;

/// <summary>
/// The blocks of assistant and user lines. A sub-agent's words are not the agent's answer (its report arrives as the
/// result of the call that started it), so they are left out; what it does with tools is kept, with its parent.
/// </summary>
internal sealed class MessageBlocks
{
    private const string ParentMember = "parent_tool_use_id";

    private readonly Dictionary<string, int> _blocksRead = new(StringComparer.Ordinal);

    /// <summary>Printed by a sub-agent, not by the agent itself.</summary>
    public static bool IsOfSubAgent(JsonElement line) => line.Text(ParentMember) is not null;

    /// <summary>How many blocks of a message were read: the number of its next one.</summary>
    public int CountOf(string messageId) => _blocksRead.GetValueOrDefault(messageId);

    public bool TryReadAssistant(JsonElement line, LineEvents events)
    {
        if (line.Object("message") is not { } message || message.Array("content") is not { } content)
        {
            return false;
        }

        var id = message.Text("id");
        var readable = true;
        var index = 0;
        foreach (var block in content.EnumerateArray())
        {
            var key = id is not null
                ? SourceKey.AssistantBlock(events.Turn, id, NextBlock(id))
                : SourceKey.OutputLine(events.Turn, events.Start, index);
            readable &= TryReadBlock(block, key, line, message, events);
            index++;
        }

        return readable;
    }

    public static bool TryReadUser(JsonElement line, LineEvents events)
    {
        if (line.Object("message") is not { } message)
        {
            return false;
        }

        if (message.Array("content") is not { } content)
        {
            return true;
        }

        var results = content.EnumerateArray().Count(IsToolResult);
        var readable = true;
        var index = 0;
        foreach (var block in content.EnumerateArray())
        {
            if (IsToolResult(block))
            {
                // The structured form does not say which block it belongs to, so it is used only when there is one.
                var structured = results == 1 ? line.Object("tool_use_result") : null;
                readable &= TryReadToolResult(
                    block, structured, SourceKey.OutputLine(events.Turn, events.Start, index), line, events);
            }

            index++;
        }

        return readable;
    }

    /// <summary>The CLI prints a message block by block, in order and under the same message id, without their numbers.</summary>
    private int NextBlock(string messageId)
    {
        var block = CountOf(messageId);
        _blocksRead[messageId] = block + 1;
        return block;
    }

    private static bool TryReadBlock(
        JsonElement block, string key, JsonElement line, JsonElement message, LineEvents events)
    {
        var ofSubAgent = IsOfSubAgent(line);
        switch (block.Text("type"))
        {
            case "text" when !ofSubAgent && block.Text("text") is { Length: > 0 } text:
                var model = ModelOf(line, message);
                events.Add(key, new AgentMessage([new ContentBlock(text)], model)
                {
                    MessageId = model is null ? null : message.Text("id"),
                });
                return true;
            case "thinking" or "redacted_thinking" when !ofSubAgent:
                events.Add(key, new AgentThinking());
                return true;
            case "tool_use":
                return TryReadToolUse(block, line, events);
            default:
                return true;
        }
    }

    /// <summary>Null for what the CLI itself wrote, such as an API error: no model said that.</summary>
    private static string? ModelOf(JsonElement line, JsonElement message) =>
        message.Text("model") is { } model && model != ModelName.Synthetic && !line.IsTrue("is_api_error_message")
            ? model
            : null;

    private static bool TryReadToolUse(JsonElement block, JsonElement line, LineEvents events)
    {
        if (block.Text("id") is not { } id || block.Object("input") is not { } input)
        {
            return false;
        }

        events.Add(
            SourceKey.ToolUse(events.Turn, id),
            new AgentToolUse(block.Text("name") ?? "unknown", input.Clone(), id) { Other = Parent(line, events) });
        return true;
    }

    private static bool IsToolResult(JsonElement block) => block.Text("type") == "tool_result";

    private static bool TryReadToolResult(
        JsonElement block, JsonElement? structured, string key, JsonElement line, LineEvents events)
    {
        if (block.Text("tool_use_id") is not { } id)
        {
            return false;
        }

        var content = ReadContent(block);
        var isError = block.IsTrue("is_error");
        events.Add(key, new AgentToolResult(
            events.IdOf(SourceKey.ToolUse(events.Turn, id)).Value,
            content,
            isError,
            structured?.Text("stdout"),
            structured?.Text("stderr"),
            structured?.Integer("exit_code") ?? (isError ? ExitCodeIn(content) : null))
        {
            Other = Parent(line, events),
        });
        return true;
    }

    private static List<ContentBlock> ReadContent(JsonElement block)
    {
        if (block.Text("content") is { } text)
        {
            return [new ContentBlock(text)];
        }

        return block.Array("content") is not { } parts
            ? []
            : [.. parts.EnumerateArray().Select(part => new ContentBlock(part.Text("text") ?? $"[{part.Text("type") ?? "unknown"}]"))];
    }

    /// <summary>The CLI says "Exit code 137" in the text of a failed command, and nowhere else.</summary>
    private static int? ExitCodeIn(List<ContentBlock> content)
    {
        const string Prefix = "Exit code ";
        if (content is not [{ Text: var text }, ..] || !text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var digits = text.AsSpan(Prefix.Length);
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            ? code
            : null;
    }

    private static Dictionary<string, JsonElement>? Parent(JsonElement line, LineEvents events) =>
        line.Text(ParentMember) is { } id
            ? new() { [ParentMember] = JsonSerializer.SerializeToElement(events.IdOf(SourceKey.ToolUse(events.Turn, id)).Value) }
            : null;
}
