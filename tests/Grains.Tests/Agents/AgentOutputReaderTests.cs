using System.Text;
using Colloquy.Costs;
using Colloquy.Grains.Agents;
using Colloquy.Sessions;
using CsCheck;
using Xunit;
using static Colloquy.Grains.Tests.Agents.OutputReading;

namespace Colloquy.Grains.Tests.Agents;

public class AgentOutputReaderTests
{
    private const string Hello =
        """{"type":"assistant","message":{"id":"m1","model":"x","content":[{"type":"text","text":"hello"}]}}""";

    [Fact]
    public void Line_of_50_MB_is_skipped_in_bounded_memory()
    {
        const int Chunk = 64 * 1024;
        var reader = Reader();
        var chunk = new byte[Chunk];
        chunk.AsSpan().Fill((byte)'x');
        var most = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 50 * 1024 * 1024 / Chunk; i++)
        {
            reader.Push(chunk);
            most = Math.Max(most, reader.RetainedBytes);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var events = reader.Push(Encoding.UTF8.GetBytes("\n" + Hello + "\n"));
        Assert.InRange(most, 1, AgentOutputReader.DefaultLineLimit);
        Assert.InRange(allocated, 0, 2 * AgentOutputReader.DefaultLineLimit + 1024 * 1024);
        Assert.Equal(0, reader.RetainedBytes);
        Assert.Equal(1, reader.Warnings);
        Assert.Equal("hello", Assert.Single(events.Bodies<AgentMessage>()).Text);
    }

    [Theory]
    [InlineData(9, 0)]
    [InlineData(10, 0)]
    [InlineData(11, 1)]
    public void Line_is_too_long_only_over_the_limit(int length, int warnings)
    {
        var line = Encoding.UTF8.GetBytes("{}".PadRight(length) + "\n");
        foreach (var chunk in new[] { 1, 7, 100 })
        {
            var reader = Reader(lineLimit: 10);
            foreach (var part in line.Chunk(chunk))
            {
                reader.Push(part);
            }

            Assert.Equal(warnings, reader.Warnings);
            Assert.Equal(line.Length, reader.Offset);
        }
    }

    [Theory]
    [InlineData("{")]
    [InlineData("plain text")]
    [InlineData("[1]")]
    [InlineData("{} {}")]
    [InlineData("""{"type":"assistant"}""")]
    [InlineData("""{"type":"assistant","message":{"content":"x"}}""")]
    [InlineData("""{"type":"assistant","message":{"content":[{"type":"tool_use"}]}}""")]
    [InlineData("""{"type":"user","message":{"content":[{"type":"tool_result"}]}}""")]
    [InlineData("""{"type":"stream_event"}""")]
    [InlineData("""{"type":"stream_event","event":{"type":"message_start"}}""")]
    public void Malformed_line_is_a_warning_and_the_next_one_is_read(string line)
    {
        var reader = Reader();

        var events = reader.ReadAll(Encoding.UTF8.GetBytes(line + "\n" + Hello));

        Assert.Equal(1, reader.Warnings);
        Assert.Single(events);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   \r")]
    [InlineData("{}")]
    [InlineData("""{"type":7}""")]
    [InlineData("""{"type":"of tomorrow","message":3}""")]
    [InlineData("""{"type":"assistant","message":{"content":[{"type":"hologram"},5,null]},"new":{"a":1}}""")]
    [InlineData("""{"type":"user","message":{"content":"words"}}""")]
    [InlineData("""{"type":"stream_event","event":{"type":"message_stop"},"api_message_id":"never started"}""")]
    [InlineData("""{"type":"result","modelUsage":{"m":5},"model_usage_since_last_result":[]}""")]
    public void Unknown_is_ignored_without_a_warning(string line)
    {
        var reader = Reader();

        Assert.Empty(reader.ReadAll(Encoding.UTF8.GetBytes(line + "\n")));
        Assert.Equal(0, reader.Warnings);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_replaced()
    {
        var output = Encoding.Latin1.GetBytes(Hello.Replace("hello", "a\u00ff\\ud800\\ud83d\\ude00\\\\ud800", StringComparison.Ordinal));

        var message = Reader().ReadAll(output).Bodies<AgentMessage>().Single();

        Assert.Equal("a\ufffd\ufffd\U0001F600\\ud800", message.Text);
    }

    [Fact]
    public void Reading_never_throws_and_always_ends_at_the_last_byte()
    {
        var fragment = Gen.OneOf(
            "{", "}", "\"", "\\u", "d83d", "\n", "[", "]", ":", ",", "null", "1e999", "\"type\":\"assistant\"", "\"type\":\"user\"",
            "\"type\":\"result\"", "\"type\":\"stream_event\"", "\"message\":", "\"content\":", "{\"type\":\"text\",\"text\":\"a\"}",
            "{\"type\":\"tool_result\",\"tool_use_id\":\"t\"}", "\"modelUsage\":{\"m\":{\"inputTokens\":-5}}", "\u00e9", "\0");

        fragment.Array[0, 60].Sample(
            parts =>
            {
                var output = Encoding.UTF8.GetBytes(string.Concat(parts));
                var reader = Reader();
                reader.ReadAll(output);
                return reader.Offset == output.Length;
            },
            iter: 2000,
            threads: 1);
    }

    [Fact]
    public void Launcher_exit_ends_the_reading()
    {
        var reader = Reader();
        var exit = """{"type":"launcher_exit","exit_code":3,"stderr":"b29wcw=="}""";

        var events = reader.ReadAll(Encoding.UTF8.GetBytes($"{exit}\n{Hello}\nnonsense"));

        Assert.Empty(events);
        Assert.Equal(new LauncherExit(3, "oops"), reader.Exit);
        Assert.Equal(exit.Length + 1, reader.Offset);
        Assert.Equal(0, reader.Warnings);
    }

    [Theory]
    [InlineData("")]
    [InlineData("""{"type":"launcher_exit","exit_code":143}""")]
    public void Call_that_never_ended_is_booked_as_incomplete_with_what_was_seen(string last)
    {
        var events = ReadAll(Start("m1", "big-1", """{"input_tokens":7,"output_tokens":1}""") + last);

        var end = Assert.Single(events.Bodies<ModelRequestEnd>());
        Assert.True(end.Incomplete);
        Assert.Equal(new TokenUsage(7, 1, 0, 0, 0), events.Booked()["big-1"]);
    }

    [Fact]
    public void Calls_of_sub_agents_that_stream_side_by_side_are_kept_apart()
    {
        var events = ReadAll(
            Start("a", "big-1", """{"input_tokens":7}""") +
            Start("b", "small-1", """{"input_tokens":3}""", parent: "\"tool1\"") +
            Delta(5, "null") + Delta(2, "\"tool1\"") + Stop("\"tool1\"") + Stop("null"));

        Assert.Equal(new TokenUsage(7, 5, 0, 0, 0), events.Booked()["big-1"]);
        Assert.Equal(new TokenUsage(3, 2, 0, 0, 0), events.Booked()["small-1"]);
    }

    [Fact]
    public void Result_adds_only_what_the_calls_did_not_book_whatever_the_split_and_the_name()
    {
        var events = ReadAll(
            Start("a", "big-1-20260101", """{"input_tokens":7,"cache_creation_input_tokens":1000}""") + Stop("null") +
            """{"type":"result","model_usage_since_last_result":{"big-1[1m]":{"inputTokens":9,"cacheCreationInputTokens":1000,"cacheCreationEphemeral5mInputTokens":400,"cacheCreationEphemeral1hInputTokens":600}}}""");

        Assert.Equal(
            [new TokenUsage(7, 0, 1000, 0, 0), new TokenUsage(2, 0, 0, 0, 0)],
            events.Where(e => e.Call is not null).Select(e => e.Call!.Tokens));
    }

    [Fact]
    public void Older_results_are_taken_by_their_growth()
    {
        static string Result(int input, int output) =>
            $$$$$$"""{"type":"result","modelUsage":{"m":{"inputTokens":{{{{{{input}}}}}},"outputTokens":{{{{{{output}}}}}}}}}""" + "\n";

        var events = ReadAll(Result(10, 5) + Result(10, 5) + Result(25, 6) + Result(4, 2));

        Assert.Equal(
            [new TokenUsage(10, 5, 0, 0, 0), new TokenUsage(15, 1, 0, 0, 0), new TokenUsage(4, 2, 0, 0, 0)],
            events.Where(e => e.Call is not null).Select(e => e.Call!.Tokens));
    }

    [Fact]
    public void Sub_agent_words_are_left_out_and_its_tools_name_their_parent()
    {
        var events = ReadAll(
            """
            {"type":"assistant","parent_tool_use_id":"t1","message":{"id":"m","content":[{"type":"text","text":"inner"},{"type":"tool_use","id":"t2","name":"Bash","input":{"command":"ls"}}]}}
            {"type":"user","parent_tool_use_id":"t1","message":{"content":[{"type":"tool_result","tool_use_id":"t2","content":[{"type":"text","text":"out"},{"type":"image"}]}]}}
            """);

        Assert.Collection(
            events.Select(e => e.Body),
            body => Assert.Equal(Id("t1"), Assert.IsType<AgentToolUse>(body).Other!["parent_tool_use_id"].GetString()),
            body =>
            {
                var result = Assert.IsType<AgentToolResult>(body);
                Assert.Equal(Id("t2"), result.ToolUseId);
                Assert.Equal(["out", "[image]"], result.Content.Select(block => block.Text));
            });

        static string Id(string toolUse) => EventId.From(Session, SourceKey.ToolUse(Turn, toolUse)).Value;
    }

    [Fact]
    public void Offline_usage_of_nonsense_is_never_negative()
    {
        Gen.Long.Array[6].Sample(
            numbers =>
            {
                var events = ReadAll(
                    Start("a", "m", $$$$$$"""{"input_tokens":{{{{{{numbers[0]}}}}}},"cache_creation_input_tokens":{{{{{{numbers[1]}}}}}},"cache_creation":{"ephemeral_1h_input_tokens":{{{{{{numbers[2]}}}}}}}}""") +
                    Stop("null") +
                    $$$$$$"""{"type":"result","model_usage_since_last_result":{"m":{"inputTokens":{{{{{{numbers[3]}}}}}},"cacheCreationInputTokens":{{{{{{numbers[4]}}}}}},"cacheCreationEphemeral1hInputTokens":{{{{{{numbers[5]}}}}}}}}}""");
                return events.Where(e => e.Call is not null).All(e =>
                    e.Call!.Tokens is { Input: >= 0, Output: >= 0, CacheRead: >= 0, CacheWrite5m: >= 0, CacheWrite1h: >= 0 });
            },
            iter: 500,
            threads: 1);
    }

    private static string Start(string id, string model, string usage, string parent = "null") =>
        $$$$$$"""{"type":"stream_event","parent_tool_use_id":{{{{{{parent}}}}}},"event":{"type":"message_start","message":{"id":"{{{{{{id}}}}}}","model":"{{{{{{model}}}}}}","usage":{{{{{{usage}}}}}}}}}""" + "\n";

    private static string Delta(int output, string parent) =>
        $$$$$$"""{"type":"stream_event","parent_tool_use_id":{{{{{{parent}}}}}},"event":{"type":"message_delta","usage":{"output_tokens":{{{{{{output}}}}}}}}}""" + "\n";

    private static string Stop(string parent) =>
        $$$$$$"""{"type":"stream_event","parent_tool_use_id":{{{{{{parent}}}}}},"event":{"type":"message_stop"}}""" + "\n";
}
