using System.Text;
using Colloquy.Costs;
using Colloquy.Grains.Agents;
using Colloquy.Sessions;
using CsCheck;
using Xunit;
using static Colloquy.Grains.Tests.Agents.OutputReading;

namespace Colloquy.Grains.Tests.Agents;

/// <summary>Agents that only give sums: what of them belongs to this turn.</summary>
public class UsageBaselineTests
{
    private const string Older = "2.1.276";
    private const string GoesOn = "2.1.277";

    public static TheoryData<string> All => [.. Transcript.Names];

    [Theory, MemberData(nameof(All))]
    public void Transcript_without_shares_books_the_same_from_its_sums(string name)
    {
        var sumsOnly = string.Join('\n', Transcript.Lines(name).Select(line =>
            line.GetRawText().Replace("model_usage_since_last_result", "unknown_member", StringComparison.Ordinal)));

        var events = Reader(baseline: Transcript.Before(name)).ReadAll(Encoding.UTF8.GetBytes(sumsOnly));

        Assert.Equal(Transcript.Truth(name).OrderBy(pair => pair.Key), events.Booked().OrderBy(pair => pair.Key));
    }

    [Fact]
    public void Turns_of_a_resumed_session_add_up_to_its_sum()
    {
        // Each turn is a process of its own, with any number of results, that goes on from where the last one was.
        Gen.Int[0, 5000].Array[1, 4].Array[1, 6].Sample(
            turns =>
            {
                UsageBaseline? baseline = null;
                var sum = 0;
                var booked = 0L;
                foreach (var results in turns)
                {
                    var output = Init(GoesOn) + string.Concat(results.Select(used => Result(sum += used)));
                    booked += Read(output, ref baseline).Input;
                }

                return booked == sum;
            },
            threads: 1);
    }

    [Fact]
    public void Processes_that_count_for_themselves_are_booked_whole()
    {
        Gen.Int[0, 5000].Array[1, 6].Sample(
            turns =>
            {
                UsageBaseline? baseline = null;
                var booked = turns.Sum(used => Read(Init(Older) + Result(used), ref baseline).Input);
                return booked == turns.Sum() && baseline is null;
            },
            threads: 1);
    }

    [Theory]
    [InlineData(GoesOn, "a", 250, 150)]
    [InlineData("2.1.330 (Claude Code)", "a", 250, 150)]
    [InlineData(GoesOn, "a", 99, 99)] // It fell: the count began anew.
    [InlineData(GoesOn, "b", 250, 250)] // Another session of the agent.
    [InlineData(Older, "a", 250, 250)]
    [InlineData("", "a", 250, 250)]
    public void Baseline_counts_for_its_session_and_for_versions_that_go_on(string version, string session, int now, int booked)
    {
        UsageBaseline? baseline = new("a", GoesOn, new Dictionary<string, UsageCounts> { ["big-1"] = new(100, 10, 0, 0, 0, 0) });

        Assert.Equal(booked, Read(Init(version) + Result(now, session), ref baseline).Input);
    }

    [Fact]
    public void Any_value_that_fell_means_that_all_began_anew()
    {
        UsageBaseline? baseline = new("a", GoesOn, new Dictionary<string, UsageCounts> { ["big-1"] = new(100, 10, 500, 0, 0, 0) });

        Assert.Equal(new TokenUsage(250, 25, 0, 0, 0), Read(Init(GoesOn) + Result(250), ref baseline));
    }

    [Fact]
    public void Model_that_vanished_means_that_all_began_anew()
    {
        UsageBaseline? baseline = new("a", GoesOn, new Dictionary<string, UsageCounts>
        {
            ["big-1"] = new(100, 10, 0, 0, 0, 0),
            ["small-1"] = new(5, 5, 0, 0, 0, 0),
        });

        Assert.Equal(250, Read(Init(GoesOn) + Result(250), ref baseline).Input);
    }

    [Theory]
    [InlineData("")]
    [InlineData("""{"type":"result","session_id":"a","is_error":true,"modelUsage":{}}""")]
    public void Turn_that_counted_nothing_leaves_the_baseline(string output)
    {
        UsageBaseline? baseline = null;
        Read(Init(GoesOn) + Result(100), ref baseline);
        Read(Init(GoesOn) + output, ref baseline);

        Assert.Equal(20, Read(Init(GoesOn) + Result(120), ref baseline).Input);
    }

    [Fact]
    public void Share_is_booked_as_it_is_and_moves_the_baseline()
    {
        UsageBaseline? baseline = null;
        var share = Result(500).Replace(
            "\"modelUsage\"", "\"model_usage_since_last_result\":{\"big-1\":{\"inputTokens\":7}},\"modelUsage\"", StringComparison.Ordinal);

        Assert.Equal(7, Read(Init("2.1.330") + share, ref baseline).Input);
        Assert.Equal(500, baseline!.Models["big-1"].Input);
    }

    [Fact]
    public void Result_with_a_plain_usage_is_booked_under_the_model_that_was_named()
    {
        var events = ReadAll("""
            {"type":"assistant","message":{"id":"m","model":"mine-1","content":[]}}
            {"type":"result","is_error":false,"usage":{"input_tokens":3,"output_tokens":4}}
            {"type":"result","is_error":false,"model":"other-1","usage":{"input_tokens":1}}
            """);

        Assert.Equal(new TokenUsage(3, 4, 0, 0, 0), events.Booked()["mine-1"]);
        Assert.Equal(new TokenUsage(1, 0, 0, 0, 0), events.Booked()["other-1"]);
    }

    [Fact]
    public void Killed_agent_with_assistant_lines_only_is_booked_once_per_message_and_marked()
    {
        var line = """{"type":"assistant","message":{"id":"m1","model":"big-1","content":[],"usage":{"input_tokens":9,"output_tokens":1}}}""" + "\n";

        var events = ReadAll(line + line + line.Replace("m1", "m2", StringComparison.Ordinal));

        var calls = events.Bodies<ModelRequestEnd>().ToList();
        Assert.Equal(["m1", "m2"], calls.Select(call => call.CallId));
        Assert.All(calls, call => Assert.True(call.Incomplete));
        Assert.Equal(18, events.Booked()["big-1"].Input);
    }

    [Fact]
    public void Assistant_lines_do_not_count_beside_a_stream_or_a_result()
    {
        var assistant = """{"type":"assistant","message":{"id":"m1","model":"big-1","content":[],"usage":{"input_tokens":9}}}""" + "\n";
        var stream = """
            {"type":"stream_event","event":{"type":"message_start","message":{"id":"m1","model":"big-1","usage":{"input_tokens":9}}}}
            {"type":"stream_event","event":{"type":"message_stop"}}
            """ + "\n";

        Assert.Equal(9, ReadAll(assistant + stream + assistant).Booked()["big-1"].Input);
        Assert.Equal(9, ReadAll(assistant + Result(9)).Booked()["big-1"].Input);
    }

    [Fact]
    public void Baseline_with_too_many_models_is_not_kept()
    {
        var models = string.Join(',', Enumerable.Range(0, 65).Select(number => $$"""
            "model-{{number}}":{"inputTokens":1}
            """));
        UsageBaseline? baseline = null;

        Read(Init(GoesOn) + $$$"""{"type":"result","session_id":"a","modelUsage":{ {{{models}}} }}""", ref baseline);

        Assert.Null(baseline);
    }

    private static TokenUsage Read(string output, ref UsageBaseline? baseline)
    {
        var reader = Reader(baseline: baseline);
        var booked = reader.ReadAll(Encoding.UTF8.GetBytes(output)).Booked();
        baseline = reader.Baseline;
        return booked.Values.Aggregate(default(TokenUsage), TokenUsage.Add);
    }

    private static string Init(string version) =>
        $$"""{"type":"system","subtype":"init","claude_code_version":"{{version}}"}""" + "\n";

    /// <summary>A sum in which output is a tenth of the input.</summary>
    private static string Result(int input, string session = "a") =>
        $$$"""{"type":"result","session_id":"{{{session}}}","modelUsage":{"big-1":{"inputTokens":{{{input}}},"outputTokens":{{{input / 10}}} } } }""" + "\n";
}
