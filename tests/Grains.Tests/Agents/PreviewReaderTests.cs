using System.Text;
using Colloquy.Grains.Agents;
using Colloquy.Sessions;
using CsCheck;
using Xunit;
using static Colloquy.Grains.Tests.Agents.OutputReading;

namespace Colloquy.Grains.Tests.Agents;

public sealed class PreviewReaderTests
{
    [Theory]
    [InlineData("04-partial-messages.jsonl", 2)]
    [InlineData("33-interrupt-midstream.jsonl", 1)]
    public void Preview_has_the_id_and_at_last_the_text_of_the_message_that_follows(string transcript, int messages)
    {
        var (previews, stored) = ReadInChunks(Transcript.Read(transcript), 1);

        Assert.Equal(messages, stored.Count);
        Assert.Equal(stored, previews);
    }

    [Fact]
    public void Preview_in_any_chunks_is_a_beginning_of_its_message() =>
        Gen.Int[1, 2000].Sample(
            size =>
            {
                var (previews, stored) = ReadInChunks(Transcript.Read("04-partial-messages.jsonl"), size);
                return previews.All(shown => stored[shown.Key].StartsWith(shown.Value, StringComparison.Ordinal));
            },
            iter: 30,
            threads: 1);

    [Fact]
    public void Preview_of_a_text_behind_thinking_and_before_tools_has_the_id_of_its_message()
    {
        // The lines of a recorded message with four blocks, with the stream events that announce them.
        var lines = Transcript.Lines("03-thinking-two-tools-same-message-id.jsonl").Select(line => line.GetRawText()).ToList();
        var first = lines.FindIndex(line => line.Contains("\"thinking\":\"Let me", StringComparison.Ordinal));
        string[] announced =
        [
            .. lines[..first],
            Start(0, "thinking"), Delta(0, "thinking_delta", "thinking", "Let me think."), lines[first],
            Start(1, "text"), Delta(1, "text_delta", "text", "Two "), Delta(1, "text_delta", "text", "tools."), lines[first + 1],
            Start(2, "tool_use"), Delta(2, "input_json_delta", "partial_json", "{}"), lines[first + 2],
            Start(3, "tool_use"), Delta(3, "input_json_delta", "partial_json", "{}"), lines[first + 3],
        ];

        var (previews, stored) = ReadInChunks(Encoding.UTF8.GetBytes(string.Join('\n', announced) + "\n"), 1);

        Assert.Equal(stored.Where(message => message.Value == "Two tools."), previews);
    }

    [Fact]
    public void Older_output_without_message_ids_has_previews_as_well()
    {
        var output = Encoding.UTF8.GetString(Transcript.Read("04-partial-messages.jsonl"));

        var (previews, stored) = ReadInChunks(Encoding.UTF8.GetBytes(output.Replace("api_message_id", "x", StringComparison.Ordinal)), 1);

        Assert.Equal(stored, previews);
    }

    [Fact]
    public void Sub_agent_has_no_preview_and_does_not_disturb_one()
    {
        var reader = Reader();
        Push(reader, Start(0, "text"), Delta(0, "text_delta", "text", "mine"));
        Push(reader, Start(0, "text").Replace("null", "\"toolu_1\"", StringComparison.Ordinal),
            Delta(0, "text_delta", "text", "its own").Replace("null", "\"toolu_1\"", StringComparison.Ordinal),
            """{"type":"assistant","message":{"id":"msg_sub","content":[{"type":"text","text":"its own"}]},"parent_tool_use_id":"toolu_1"}""");

        Assert.Equal("mine", reader.Preview!.From(0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Block_whose_id_is_not_certain_has_no_preview(int index)
    {
        var reader = Reader();

        Push(reader, Start(index, "text"), Delta(index, "text_delta", "text", "whose?"));

        Assert.Null(reader.Preview);
    }

    [Theory]
    [InlineData("""{"type":"stream_event","event":{"type":"message_start","message":{"id":"msg_next"}},"parent_tool_use_id":null}""")]
    [InlineData("""{"type":"assistant","message":{"id":"msg_fallback","content":[{"type":"text","text":"Once more."}]}}""")]
    [InlineData("""{"type":"result","subtype":"error_during_execution","is_error":true}""")]
    [InlineData("""{"type":"launcher_exit","exit_code":137,"stderr":""}""")]
    public void Preview_of_a_message_that_is_not_completed_ends_with_what_comes_instead(string line)
    {
        var reader = Reader();
        Push(reader, Start(0, "text"), Delta(0, "text_delta", "text", "I was about to"));
        Assert.NotNull(reader.Preview);

        Push(reader, line);

        Assert.Null(reader.Preview);
    }

    [Fact]
    public void Preview_of_an_endless_message_stops_at_a_limit()
    {
        var reader = Reader();
        Push(reader, Start(0, "text"));
        var piece = new string('x', 1000);
        for (var i = 0; i < 100; i++)
        {
            Push(reader, Delta(0, "text_delta", "text", piece));
        }

        Assert.InRange(reader.Preview!.Length, MessagePreview.MaxLength - 1000, MessagePreview.MaxLength);
    }

    /// <summary>The last preview of each message that was seen between chunks, and the messages.</summary>
    private static (Dictionary<EventId, string> Previews, Dictionary<EventId, string> Stored) ReadInChunks(byte[] output, int size)
    {
        var reader = Reader();
        var previews = new Dictionary<EventId, string>();
        var stored = new Dictionary<EventId, string>();
        foreach (var chunk in output.Chunk(size))
        {
            foreach (var item in reader.Push(chunk))
            {
                if (item.Body is AgentMessage message)
                {
                    stored.Add(EventId.From(Session, item.SourceKey), message.Text);
                }
            }

            if (reader.Preview is { } preview)
            {
                Assert.DoesNotContain(preview.Id, stored.Keys);
                previews[preview.Id] = preview.From(0);
            }
        }

        return (previews, stored);
    }

    private static void Push(AgentOutputReader reader, params string[] lines) =>
        reader.Push(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));

    private static string Start(int index, string type) =>
        Event($$$"""{"type":"content_block_start","index":{{{index}}},"content_block":{"type":"{{{type}}}"}}""");

    private static string Delta(int index, string type, string member, string value) => Event(
        $$$"""{"type":"content_block_delta","index":{{{index}}},"delta":{"type":"{{{type}}}","{{{member}}}":{{{System.Text.Json.JsonSerializer.Serialize(value)}}}} }""");

    private static string Event(string streamed) =>
        $$"""{"type":"stream_event","event":{{streamed}},"parent_tool_use_id":null,"api_message_id":"msg_fake_9"}""";
}
