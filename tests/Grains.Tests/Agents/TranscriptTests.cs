using Colloquy.Costs;
using Colloquy.Grains.Agents;
using Colloquy.Sessions;
using CsCheck;
using Xunit;
using static Colloquy.Grains.Tests.Agents.OutputReading;

namespace Colloquy.Grains.Tests.Agents;

public class TranscriptTests
{
    public static TheoryData<string> All => [.. Transcript.Names];

    [Theory, MemberData(nameof(All))]
    public void Transcript_read_through_books_what_the_results_say(string name)
    {
        var reader = Reader();

        var events = reader.ReadAll(Transcript.Read(name));

        Assert.Equal(0, reader.Warnings);
        Assert.Equal(
            Transcript.Truth(name).OrderBy(pair => pair.Key),
            events.Booked().OrderBy(pair => pair.Key));
        Assert.Equal(events.Count, events.Select(e => e.SourceKey).Distinct().Count());
    }

    [Theory, MemberData(nameof(All))]
    public void Transcript_in_any_chunks_gives_the_same_events(string name)
    {
        var output = Transcript.Read(name);
        var expected = Reader().ReadAll(output).Describe();

        Gen.Int[1, 3000].Sample(
            size =>
            {
                var reader = Reader();
                var events = new List<AgentOutputEvent>();
                foreach (var chunk in output.Chunk(size))
                {
                    events.AddRange(reader.Push(chunk));
                }

                events.AddRange(reader.Complete());
                return events.Describe().SequenceEqual(expected) && reader.Offset == output.Length;
            },
            iter: 20,
            threads: 1);
    }

    [Theory, MemberData(nameof(All))]
    public void Transcript_tool_results_name_the_event_of_their_tool_use(string name)
    {
        var events = Reader().ReadAll(Transcript.Read(name));
        var uses = events
            .Where(e => e.Body is AgentToolUse)
            .Select(e => EventId.From(Session, e.SourceKey).Value)
            .ToHashSet();

        Assert.All(events.Bodies<AgentToolResult>(), result => Assert.Contains(result.ToolUseId, uses));
    }

    [Theory]
    [InlineData("01-text.jsonl", 1, 0, 0, 0)]
    [InlineData("02-bash-tool.jsonl", 2, 0, 1, 1)]
    [InlineData("03-thinking-two-tools-same-message-id.jsonl", 2, 1, 2, 2)]
    [InlineData("04-partial-messages.jsonl", 2, 0, 1, 1)]
    [InlineData("11-max-turns.jsonl", 0, 0, 3, 3)]
    [InlineData("17-subagent-two-models.jsonl", 1, 0, 1, 1)]
    [InlineData("20-sigterm-during-tool.jsonl", 1, 0, 1, 1)]
    public void Transcript_has_its_messages_and_tools(string name, int messages, int thinking, int uses, int results)
    {
        var events = Reader().ReadAll(Transcript.Read(name));

        Assert.Equal(
            (messages, thinking, uses, results),
            (events.Bodies<AgentMessage>().Count(), events.Bodies<AgentThinking>().Count(),
                events.Bodies<AgentToolUse>().Count(), events.Bodies<AgentToolResult>().Count()));
    }

    /// <summary>What a viewer sees of turns that do not go straight; sub-agents' own steps and retries are not doubled.</summary>
    [Theory]
    [InlineData("05-permission-denied.jsonl", "AgentMessage, Bash, failed, AgentMessage, start, end, completed")]
    [InlineData("07-api-429-two-retries.jsonl", "AgentMessage, api_error")]
    [InlineData("09-midstream-error-nonstream-fallback.jsonl", "AgentMessage, start, end, completed")]
    [InlineData("17-subagent-two-models.jsonl", "Agent, done, AgentMessage, start, end, start, end, completed")]
    [InlineData("19-sigint-during-tool.jsonl", "AgentMessage, Bash, failed, start, end, aborted_tools")]
    [InlineData("24-mcp-tool.jsonl", "mcp__demo__add, done, AgentMessage, start, end, completed")]
    [InlineData("33-interrupt-midstream.jsonl", "start, AgentMessage, end, start, end, aborted_streaming")]
    public void Transcript_gives_these_events(string name, string expected)
    {
        var reader = Reader();

        var events = reader.ReadAll(Transcript.Read(name));

        Assert.Equal(
            expected,
            string.Join(", ", events.Select(e => Say(e.Body)).Append(reader.Result!.TerminalReason)));
    }

    private static string Say(EventBody body) => body switch
    {
        ModelRequestStart => "start",
        ModelRequestEnd { Incomplete: true } => "broken end",
        ModelRequestEnd => "end",
        AgentToolUse use => use.Name,
        AgentToolResult { IsError: true } => "failed",
        AgentToolResult => "done",
        _ => body.GetType().Name,
    };

    [Fact]
    public void Bash_tool_result_has_its_streams()
    {
        var result = Reader().ReadAll(Transcript.Read("02-bash-tool.jsonl")).Bodies<AgentToolResult>().Single();

        Assert.Equal(("hi-root", "", false), (result.Stdout, result.Stderr, result.IsError));
    }

    [Fact]
    public void Killed_command_has_its_exit_code()
    {
        var result = Reader().ReadAll(Transcript.Read("20-sigterm-during-tool.jsonl")).Bodies<AgentToolResult>().Single();

        Assert.Equal((137, true), (result.ExitCode, result.IsError));
    }

    [Fact]
    public void Streamed_calls_are_booked_one_by_one_and_not_again_at_the_result()
    {
        var calls = Reader().ReadAll(Transcript.Read("04-partial-messages.jsonl")).Where(e => e.Call is not null).ToList();

        Assert.Equal(
            [new TokenUsage(111, 21, 400, 600, 2000), new TokenUsage(112, 22, 400, 600, 2000)],
            calls.Select(e => e.Call!.Tokens));
    }

    [Fact]
    public void Interrupted_call_gets_its_missing_output_at_the_result()
    {
        var calls = Reader().ReadAll(Transcript.Read("33-interrupt-midstream.jsonl")).Bodies<ModelRequestEnd>().ToList();

        Assert.Equal([1, 24], calls.Select(call => call.ModelUsage.OutputTokens));
        Assert.Equal(0, calls[1].ModelUsage.InputTokens);
    }

    [Fact]
    public void Sub_agent_is_booked_under_its_own_model()
    {
        var booked = Reader().ReadAll(Transcript.Read("17-subagent-two-models.jsonl")).Booked();

        Assert.Equal(["claude-haiku-5-5", "claude-opus-5-5"], booked.Keys.Order());
    }

    [Fact]
    public void Api_error_is_the_result_and_no_model_call()
    {
        var reader = Reader();

        var events = reader.ReadAll(Transcript.Read("06-api-403.jsonl"));

        Assert.Empty(events.Bodies<ModelRequestEnd>());
        Assert.True(reader.Result!.IsError);
        Assert.Equal(403, reader.Result.ApiStatus);
        Assert.Null(Assert.Single(events.Bodies<AgentMessage>()).Model);
    }

    [Fact]
    public void Killed_process_has_no_result()
    {
        var reader = Reader();

        reader.ReadAll(Transcript.Read("20-sigterm-during-tool.jsonl"));

        Assert.Null(reader.Result);
        Assert.Null(reader.Exit);
    }
}
