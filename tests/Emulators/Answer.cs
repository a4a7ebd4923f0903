using System.Text.Json.Nodes;

namespace Colloquy.Emulators;

/// <summary>A reply as it goes over the wire, as frames of a stream or as one document.</summary>
internal sealed class Answer
{
    private readonly Reply _reply;
    private readonly Usage _usage;

    public Answer(MessagesRequest request, Reply reply)
    {
        _reply = reply;
        _usage = reply.Usage ?? Usage.Estimate(request, reply);
        Model = reply.Model ?? request.Model;
    }

    public string MessageId { get; } = Ids.New("msg_");

    public string Model { get; }

    public Usage Usage => _usage;

    public JsonObject Document() => Message(
        new JsonArray([.. _reply.Blocks.Select(block => block.Whole())]), StopReason, _usage);

    public IEnumerable<Frame> Frames()
    {
        // The count of output tokens in the first frame is a placeholder, as it is in the real API.
        var begun = _usage with { Output = Math.Min(1, _usage.Output), WebSearches = 0 };
        yield return new Frame(
            "message_start", new JsonObject { ["message"] = Message([], stopReason: null, begun) }, begun);
        for (var index = 0; index < _reply.Blocks.Length; index++)
        {
            var block = _reply.Blocks[index];
            yield return new Frame("content_block_start", At(index, "content_block", block.Empty()));
            if (index == 0)
            {
                yield return new Frame("ping", []);
            }

            foreach (var delta in block.Deltas())
            {
                yield return new Frame("content_block_delta", At(index, "delta", delta));
            }

            yield return new Frame("content_block_stop", new JsonObject { ["index"] = index });
        }

        var end = new JsonObject
        {
            ["delta"] = new JsonObject
            {
                ["stop_reason"] = StopReason,
                ["stop_sequence"] = null,
                ["stop_details"] = null,
                ["container"] = null,
            },
            ["usage"] = _usage.ToJson(),
        };
        yield return new Frame("message_delta", end, _usage);
        yield return new Frame("message_stop", []);
    }

    private string StopReason =>
        _reply.StopReason ?? (_reply.Blocks.Any(block => block is Block.ToolUse) ? "tool_use" : "end_turn");

    private JsonObject Message(JsonArray content, string? stopReason, Usage usage) => new()
    {
        ["id"] = MessageId,
        ["type"] = "message",
        ["role"] = "assistant",
        ["model"] = Model,
        ["content"] = content,
        ["container"] = null,
        ["stop_reason"] = stopReason,
        ["stop_sequence"] = null,
        ["stop_details"] = null,
        ["usage"] = usage.ToMessageJson(),
    };

    private static JsonObject At(int index, string name, JsonObject what) => new() { ["index"] = index, [name] = what };
}

/// <param name="Billed">What the client knows of the bill from this frame on; null if the frame does not say.</param>
internal sealed record Frame(string Event, JsonObject Data, Usage? Billed = null)
{
    public string ToText()
    {
        if (!Data.ContainsKey("type"))
        {
            Data.Insert(0, "type", Event);
        }

        return $"event: {Event}\ndata: {Data.ToJsonString()}\n\n";
    }
}
