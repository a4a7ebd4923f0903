using System.Text.Json;
using Colloquy.Sessions;

namespace Colloquy.Grains.Agents;

/// <summary>
/// Finds in the stream events what the agent itself is writing. Only text has a preview: thinking is stored without its
/// content, tool calls are run when they are complete, and what sub-agents say is not shown at all.
/// </summary>
internal sealed class PreviewReader(SessionId session, TurnId turn)
{
    private string? _message;
    private int? _block;

    /// <summary>The text that is being written; null from the moment at which its assistant line has been read.</summary>
    public MessagePreview? Open { get; private set; }

    /// <param name="blocks">What it knows from the lines before.</param>
    public void Read(JsonElement line, MessageBlocks blocks)
    {
        if (MessageBlocks.IsOfSubAgent(line))
        {
            return;
        }

        switch (line.Text("type"))
        {
            case "stream_event" when line.Object("event") is { } streamed:
                ReadStreamed(line, streamed, blocks);
                break;
            case "assistant" or "result" or "launcher_exit":
                Open = null;
                break;
        }
    }

    private void ReadStreamed(JsonElement line, JsonElement streamed, MessageBlocks blocks)
    {
        switch (streamed.Text("type"))
        {
            case "message_start":
                _message = streamed.Object("message")?.Text("id");
                Open = null;
                break;
            case "content_block_start":
                _block = streamed.Integer("index");
                // Older CLIs do not repeat the message's id.
                Open = TryOpen(line.Text("api_message_id") ?? _message, streamed.Object("content_block"), blocks);
                break;
            case "content_block_delta" when streamed.Integer("index") == _block:
                Open?.Add(streamed.Object("delta")?.Text("text") ?? "");
                break;
        }
    }

    /// <summary>
    /// The assistant line will be numbered by the lines of its message before it. Where that differs from the number in
    /// the stream, a block got no line or its line is late: the id is not certain then, and a preview that nothing
    /// replaces is worse than none.
    /// </summary>
    private MessagePreview? TryOpen(string? message, JsonElement? block, MessageBlocks blocks)
    {
        if (message is null || block?.Text("type") != "text" || blocks.CountOf(message) != _block)
        {
            return null;
        }

        var preview = new MessagePreview(
            EventId.From(session, SourceKey.AssistantBlock(turn, message, _block.Value)), turn);
        preview.Add(block.Value.Text("text") ?? "");
        return preview;
    }
}
