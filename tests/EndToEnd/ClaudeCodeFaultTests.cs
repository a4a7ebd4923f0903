using System.Diagnostics;
using System.Text.Json.Nodes;
using Colloquy.Emulators;
using Xunit;
using static Colloquy.EndToEnd.ApiClient;

namespace Colloquy.EndToEnd;

/// <summary>
/// A provider that fails, and turns that are stopped: what was billed until then is booked, and the session goes on.
/// </summary>
[Collection(ClaudeCodeGroup.Name)]
public sealed class ClaudeCodeFaultTests
{
    private const string LongAnswer = "An answer that is long enough to be in the middle of it.";

    private readonly ClaudeCodeFixture _fixture;

    public ClaudeCodeFaultTests(ClaudeCodeFixture fixture)
    {
        _fixture = fixture;
        Emulator.Reset();
    }

    private MessagesEmulator Emulator => _fixture.Emulator;

    private ApiClient Api => _fixture.Api;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Refused_key_fails_the_turn_at_once_and_costs_nothing()
    {
        Emulator.Respond(_ => Reply.Error(401, "authentication_error", "invalid x-api-key"), times: 1);
        var session = await StartAsync();

        var clock = Stopwatch.StartNew();
        var events = await Api.AskAsync(session, "Hello");

        // By itself the CLI tries a refused key for a minute and a half.
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"took {clock.Elapsed}");
        Assert.Single(Emulator.Messages);
        AssertFailed(events, 401, "authentication_error");
        Assert.Contains("ANTHROPIC_API_KEY", (string)Error(events)["message"]!, StringComparison.Ordinal);
        await AssertGoesOnAsync(session);
    }

    [Theory]
    [InlineData(403, "permission_error")]
    [InlineData(404, "not_found_error")]
    [InlineData(413, "request_too_large")]
    [InlineData(500, "api_error")]
    public async Task Error_that_stays_fails_the_turn_and_says_what_the_provider_said(int status, string type)
    {
        var fails = true;
        Emulator.Respond(_ => fails ? Reply.Error(status, type, "So says the provider.") : null);
        var agent = await Api.CreateAsync("/v1/agents", new
        {
            name = "Impatient",
            model = "claude-opus-5-5",
            variables = new { CLAUDE_CODE_MAX_RETRIES = "0" },
        });
        var session = await StartAsync((string)agent["id"]!);

        var events = await Api.AskAsync(session, "Hello");
        fails = false;

        AssertFailed(events, status, type);
        Assert.Contains("So says the provider.", (string)Error(events)["message"]!, StringComparison.Ordinal);
        await AssertGoesOnAsync(session);
    }

    [Fact]
    public async Task Connection_that_is_cut_before_an_answer_is_tried_again_by_the_agent()
    {
        Emulator.Respond(_ => Reply.Text(LongAnswer).CutHeaders(), times: 1);
        var session = await StartAsync();

        var events = await Api.AskAsync(session, "Hello");

        Assert.Equal("You said: Hello", Answers(events));
        Assert.Equal([null, 200], Ends(events).Select(end => (int?)end["http_status"]));
        Assert.Equal("connection_failed", (string?)Ends(events)[0]["error"]!["type"]);
        await AssertGoesOnAsync(session);
    }

    [Theory]
    [InlineData(429, "rate_limit_error")]
    [InlineData(529, "overloaded_error")]
    public async Task Error_that_passes_is_retried_by_the_agent_and_both_calls_are_seen(int status, string type)
    {
        Emulator.Respond(_ => Reply.Error(status, type, "Later.", ("retry-after", "1")), times: 1);
        var session = await StartAsync();

        var events = await Api.AskAsync(session, "Hello");

        Assert.Equal("completed", (string?)events[^1]["outcome"]);
        Assert.Equal([status, 200], Ends(events).Select(end => (int)end["http_status"]!));
        Assert.Equal(type, (string?)Ends(events)[0]["error"]!["type"]);
        var calls = Emulator.Messages;
        Assert.Equal(calls.Select(call => call.RequestId), Ends(events).Select(end => (string?)end["request_id"]));
        Assert.True(
            calls[1].ReceivedAt - calls[0].ReceivedAt >= TimeSpan.FromSeconds(0.9),
            "Retry-After did not reach the agent.");
        await AssertGoesOnAsync(session);
    }

    [Fact]
    public async Task Cut_stream_is_booked_with_what_was_seen_and_the_agent_tries_again()
    {
        Emulator.Respond(_ => Reply.Text(LongAnswer).CutAfter(5), times: 1);
        var session = await StartAsync();

        var events = await Api.AskAsync(session, "Hello");

        Assert.Equal("You said: Hello", Answers(events));
        Assert.Equal([true, false], Ends(events).Select(end => (bool?)end["incomplete"] ?? false));
        Assert.Equal("stream_cut", (string?)Ends(events)[0]["error"]!["type"]);
        await AssertGoesOnAsync(session);
    }

    [Fact]
    public async Task Error_in_the_stream_is_booked_although_the_agent_does_not_count_it()
    {
        Emulator.Respond(_ => Reply.Text(LongAnswer).ErrorAfter(5), times: 1);
        var session = await StartAsync();

        var events = await Api.AskAsync(session, "Hello");

        Assert.Equal("You said: Hello", Answers(events));
        Assert.False(Emulator.Messages[1].Request!.Stream);
        Assert.Equal([true, false], Ends(events).Select(end => (bool?)end["incomplete"] ?? false));
        Assert.Equal("overloaded_error", (string?)Ends(events)[0]["error"]!["type"]);
        Assert.Contains(events, stored => Type(stored) == "span.usage_mismatch");
        await AssertGoesOnAsync(session);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Provider_that_hangs_is_ended_by_the_timeout_of_the_turn(bool silent)
    {
        var gate = new Gate();
        var reply = Reply.Text(LongAnswer);
        Emulator.Respond(_ => silent ? reply.HoldHeaders(gate) : reply.HoldAfter(5, gate), times: 1);
        var session = await Api.CreateSessionAsync(new { agent = "agent_claude_code", turn_timeout_seconds = 5 });

        var events = await Api.AskAsync(session, "Hello");

        Assert.Equal("timeout", (string?)Error(events)["category"]);
        await AssertCancelledAsync();
        Assert.True((bool)Ends(events).Single()["incomplete"]!);
        await AssertGoesOnAsync(session);
    }

    [Fact]
    public async Task Interrupt_ends_the_turn_within_a_second_and_cancels_and_books_the_call()
    {
        var gate = new Gate();
        Emulator.Respond(_ => Reply.Text(LongAnswer).HoldAfter(5, gate), times: 1);
        var session = await StartAsync();
        await Api.SayAsync(session, "Hello");
        await gate.Reached.WaitAsync(Stop);

        var clock = Stopwatch.StartNew();
        await Api.InterruptAsync(session);
        var events = await Api.ReadUntilAsync(session, 0, stored => Type(stored) == "session.status_idle");

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1), $"took {clock.Elapsed}");
        Assert.Equal("interrupted", (string?)events[^1]["outcome"]);
        await AssertCancelledAsync();
        Assert.True((bool)Ends(events).Single()["incomplete"]!);
        await AssertGoesOnAsync(session);
    }

    [Fact]
    public async Task Interrupt_while_a_command_runs_ends_it()
    {
        var session = await StartAsync();
        await Api.SayAsync(session, "Run `touch begun; sleep 4711 | cat`");
        await Eventually.TrueAsync(async () => await Api.GetFileAsync(session, "begun") is not null);

        var clock = Stopwatch.StartNew();
        await Api.InterruptAsync(session);
        var events = await Api.ReadUntilAsync(session, 0, stored => Type(stored) == "session.status_idle");

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1), $"took {clock.Elapsed}");
        Assert.Equal("interrupted", (string?)events[^1]["outcome"]);
        // By name: the command itself is in the arguments of the launcher, which writes down the history.
        var next = await Api.AskAsync(session, "Run `cat /proc/[0-9]*/comm | grep -x sleep | wc -l`");
        Assert.Equal("0", (string?)next.Single(stored => Type(stored) == "agent.tool_result")["stdout"]);
        await AssertGoesOnAsync(session);
    }

    private Task<string> StartAsync(string agent = "agent_claude_code") => Api.CreateSessionAsync(new { agent });

    private async Task AssertCancelledAsync()
    {
        var call = Emulator.Messages.Single();
        await call.Ended.WaitAsync(Stop);
        Assert.True(call.Aborted);
    }

    /// <summary>Another message is answered, and what both turns cost is what was billed.</summary>
    private async Task AssertGoesOnAsync(string session)
    {
        var next = await Api.AskAsync(session, "Are you there?");
        Assert.Equal("completed", (string?)next[^1]["outcome"]);
        Assert.Contains("Are you there?", Answers(next), StringComparison.Ordinal);
        await new Bill(Emulator.Messages).AssertBookedAsync(Api, session, _fixture.DataFolder);
    }

    /// <summary>The turn failed for calls that all failed, and every one that the provider had is among them.</summary>
    private void AssertFailed(List<JsonNode> events, int status, string type)
    {
        Assert.Equal("failed", (string?)events[^1]["outcome"]);
        Assert.Equal(("api_error", type), ((string?)Error(events)["category"], (string?)Error(events)["code"]));
        Assert.Equal(Emulator.Messages[^1].RequestId, (string?)Error(events)["request_id"]);
        Assert.Equal(
            Emulator.Messages.Select(call => (call.RequestId, status, type)),
            Ends(events).Select(end => (
                (string)end["request_id"]!, (int)end["http_status"]!, (string)end["error"]!["type"]!)));
        Assert.All(Ends(events), end => Assert.True((bool)end["is_error"]!));
    }

    private static JsonNode Error(List<JsonNode> events) =>
        events.Single(stored => Type(stored) == "session.error")["error"]!;

    private static List<JsonNode> Ends(List<JsonNode> events) =>
        [.. events.Where(stored => Type(stored) == "span.model_request_end")];
}
