using System.Text;
using Colloquy.Agents;
using Colloquy.Costs;
using Colloquy.Grains.Agents;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Agents;

/// <summary>Output of agents whose model calls the gateway reports.</summary>
public sealed class GatewayUsageTests
{
    [Theory]
    [InlineData("04-partial-messages")]
    [InlineData("17-subagent-two-models")]
    [InlineData("33-interrupt-midstream")]
    public void Output_that_is_not_booked_makes_the_same_events_but_for_model_calls(string transcript)
    {
        var bytes = Transcript.Read($"{transcript}.jsonl");

        var booked = OutputReading.Reader().ReadAll(bytes);
        var compared = Reader().ReadAll(bytes);

        Assert.Contains(booked, item => item.Body is ModelRequestEnd);
        Assert.Equal(
            booked.Where(item => item.Body is not (ModelRequestStart or ModelRequestEnd)).Describe(), compared.Describe());
    }

    [Fact]
    public void Messages_are_shown_in_order_with_the_usage_of_their_stream()
    {
        var reader = Reader();
        reader.Push(Encoding.UTF8.GetBytes(
            """
            {"type":"stream_event","event":{"type":"message_start","message":{"id":"msg_1","model":"m","usage":{"input_tokens":10,"output_tokens":1}}}}
            {"type":"stream_event","event":{"type":"message_delta","usage":{"output_tokens":5}},"api_message_id":"msg_1"}
            {"type":"stream_event","event":{"type":"message_stop"},"api_message_id":"msg_1"}
            {"type":"stream_event","event":{"type":"message_start","message":{"id":"msg_2","model":"n","usage":{"input_tokens":7,"output_tokens":1}}}}

            """));

        Assert.Equal(
            [new ShownCall("msg_1", "m", new TokenUsage(10, 5, 0, 0, 0)), new ShownCall("msg_2", "n", new TokenUsage(7, 1, 0, 0, 0))],
            reader.Shown);
        Assert.Null(reader.Usage);
    }

    [Fact]
    public void Usage_is_what_all_result_lines_say_by_family()
    {
        var reader = Reader();
        reader.Push(Encoding.UTF8.GetBytes(
            """
            {"type":"result","is_error":false,"model_usage_since_last_result":{"claude-x-20260101":{"inputTokens":10,"outputTokens":5}}}
            {"type":"result","is_error":false,"model_usage_since_last_result":{"claude-x[1m]":{"inputTokens":1,"outputTokens":2}}}

            """));

        Assert.Equal([new("claude-x", new TokenUsage(11, 7, 0, 0, 0))], reader.Usage!);
    }

    [Fact]
    public void Result_line_that_counts_nothing_says_nothing_of_the_turn()
    {
        var reader = Reader();
        reader.Push("""{"type":"result","is_error":false,"usage":{"input_tokens":3}}"""u8);
        reader.Push("\n"u8);

        Assert.NotNull(reader.Result);
        Assert.Null(reader.Usage);
    }

    private static AgentOutputReader Reader() =>
        new(OutputReading.Session, OutputReading.Turn, usageSource: UsageSource.Gateway);
}
