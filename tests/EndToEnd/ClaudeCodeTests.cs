using System.Text.Json.Nodes;
using Colloquy.Emulators;
using Xunit;
using static Colloquy.EndToEnd.ApiClient;

namespace Colloquy.EndToEnd;

/// <summary>What people do with the Claude Code agent, and that it is booked to the token.</summary>
[Collection(ClaudeCodeGroup.Name)]
public sealed class ClaudeCodeTests
{
    private readonly ClaudeCodeFixture _fixture;

    public ClaudeCodeTests(ClaudeCodeFixture fixture)
    {
        _fixture = fixture;
        Emulator.Reset();
    }

    private MessagesEmulator Emulator => _fixture.Emulator;

    private ApiClient Api => _fixture.Api;

    [Fact]
    public async Task Question_is_answered_by_the_agent_that_everybody_gets_once_there_is_a_key()
    {
        var session = await Api.CreateSessionAsync();

        var events = await Api.AskAsync(session, "Hello there");

        Assert.Equal("You said: Hello there", Answers(events));
        Assert.Equal("completed", (string?)events[^1]["outcome"]);
        Assert.Equal("claude-opus-5-5", (string?)events.Single(IsCallEnd)["model"]);
        var call = Emulator.Messages.Single();
        Assert.Equal(call.RequestId, (string?)events.Single(IsCallEnd)["request_id"]);
        Assert.Equal(call.MessageId, (string?)events.Single(IsCallEnd)["message_id"]);
        Assert.Equal(200, (int?)events.Single(IsCallEnd)["http_status"]);
        await AssertBookedAsync(session);
    }

    [Fact]
    public async Task Key_of_the_provider_is_not_in_the_sandbox()
    {
        var session = await StartAsync();

        // Written so that the question does not find itself.
        var events = await Api.AskAsync(
            session,
            "Run `(env; cat /proc/*/environ; grep -ars test-k /home /tmp) 2>/dev/null | grep -a test-[k]ey | wc -l`");

        Assert.Equal("0", (string?)Result(events)["stdout"]);
        Assert.All(Emulator.Messages, call => Assert.Equal(ClaudeCodeFixture.ProviderKey, call.Headers["x-api-key"]));
        await AssertBookedAsync(session);
    }

    [Fact]
    public async Task Command_really_runs()
    {
        var session = await StartAsync();

        var events = await Api.AskAsync(session, "Run `echo product-$((17*23)) | tee out.txt`");

        Assert.Equal("product-391", (string?)Result(events)["stdout"]);
        Assert.Contains("product-391", Answers(events), StringComparison.Ordinal);
        Assert.Equal("product-391\n", await Api.GetFileAsync(session, "out.txt"));
        await AssertBookedAsync(session);
        await AssertAgentSpansAsync(events);
    }

    [Fact]
    public async Task Answer_is_seen_while_the_model_writes_it()
    {
        const string Answer = "Once upon a time there was an answer, and it was long.";
        const string Begun = "Once upon a time there was ";
        var gate = new Gate();
        Emulator.Respond(_ => Reply.Text(Answer).HoldAfter(6, gate), times: 1);
        var session = await StartAsync();
        await Api.SayAsync(session, "Tell me a story.");

        var previews = new List<JsonNode>();
        JsonNode? message = null;
        await foreach (var (id, data) in Api.FramesAsync(session, "after=0&event_deltas[]=agent.message"))
        {
            if (Type(data) is "event_start" or "event_delta")
            {
                Assert.Null(id);
                Assert.Null(message);
                previews.Add(data);
            }
            else
            {
                Assert.Equal(data["sequence"]!.ToString(), id);
                message = Type(data) == "agent.message" ? data : message;
            }

            if (Previewed(previews) == Begun)
            {
                Assert.Null(message);
                gate.Open();
            }

            if (Type(data) == "session.status_idle")
            {
                break;
            }
        }

        Assert.Equal(Answer, Answers([message!]));
        Assert.Equal(Answer, Previewed(previews));
        var started = previews[0]["event"]!;
        Assert.Equal(("agent.message", (string?)message!["id"]), ((string?)started["type"], (string?)started["id"]));
        Assert.All(previews.Skip(1), delta => Assert.Equal((string?)message["id"], (string?)delta["event_id"]));
        await AssertBookedAsync(session);
    }

    [Fact]
    public async Task File_that_is_written_and_edited_is_there_in_the_next_turn()
    {
        const string File = "/home/user/notes.txt";
        Emulator.Respond(request => !request.LastUserText.Contains("Change", StringComparison.Ordinal) ? null
            : request.ToolResults.Count == 0 ? Reply.ToolUse("Read", new { file_path = File })
            : request.ToolResults[0].Text.Contains("first line", StringComparison.Ordinal)
                ? Reply.ToolUse("Edit", new { file_path = File, old_string = "first", new_string = "second" })
                : null);
        var session = await StartAsync();

        await Api.AskAsync(session, "Write \"first line\" to notes.txt");
        await Api.AskAsync(session, "Change it.");
        var events = await Api.AskAsync(session, "Run `cat notes.txt`");

        Assert.Equal("second line", (string?)Result(events)["stdout"]);
        Assert.Equal("second line", await Api.GetFileAsync(session, "notes.txt"));
        await AssertBookedAsync(session);
    }

    [Fact]
    public async Task Third_request_contains_the_first_two_turns()
    {
        var session = await StartAsync();
        await Api.AskAsync(session, "Remember that the code word is walnut.");
        await Api.AskAsync(session, "The second thing is a lantern.");

        var events = await Api.AskAsync(session, "What is the code word?");

        Assert.Equal("The code word is walnut.", Answers(events));
        var third = Emulator.Messages[2].Request!.ConversationText;
        Assert.All(
            (string[])
            [
                "code word is walnut", "I will remember walnut",
                "The second thing is a lantern", "You said: The second",
            ],
            said => Assert.Contains(said, third, StringComparison.Ordinal));
        await AssertBookedAsync(session);
    }

    [Fact]
    public async Task Thinking_and_two_tools_in_one_message_are_events_of_one_call()
    {
        Emulator.Respond(request => request.ToolResults.Count > 0 ? null : Reply.Of(
            new Block.Thinking("Two things are to be done, and neither needs the other."),
            new Block.Text("I do both."),
            new Block.ToolUse("Bash", new { command = "echo one", description = "one" }),
            new Block.ToolUse("Bash", new { command = "echo two", description = "two" })));
        var session = await StartAsync();

        var events = await Api.AskAsync(session, "Do both.");

        Assert.Single(events, stored => Type(stored) == "agent.thinking");
        Assert.Equal(2, events.Count(IsToolUse));
        Assert.Equal(["one", "two"], events.Where(IsResult).Select(result => (string?)result["stdout"]).Order());
        Assert.StartsWith("I do both.", Answers(events), StringComparison.Ordinal);
        Assert.Equal(2, Emulator.Messages.Count);
        await AssertBookedAsync(session);
    }

    [Fact]
    public async Task Subagent_is_booked_and_its_tool_calls_are_seen()
    {
        Emulator.Respond(request => request.ToolResults.Count == 0 && Asks(request, "Delegate it")
            ? Reply.ToolUse(
                request.Tools.Single(tool => tool is "Agent" or "Task"),
                new
                {
                    description = "a part",
                    prompt = "Run `echo from-the-subagent`",
                    subagent_type = "general-purpose",
                })
            : null);
        var session = await StartAsync();

        var events = await Api.AskAsync(session, "Delegate it.");

        Assert.Contains("from-the-subagent", Answers(events), StringComparison.Ordinal);
        var uses = events.Where(IsToolUse).ToList();
        Assert.Equal(2, uses.Count);
        Assert.NotNull((string?)uses[1]["parent_tool_use_id"]);
        Assert.Equal(4, events.Count(IsCallEnd));
        await AssertBookedAsync(session);
    }

    [Fact]
    public async Task Tool_that_nobody_allowed_is_denied_and_the_turn_goes_on()
    {
        var agent = await Api.CreateAsync("/v1/agents", new
        {
            name = "Careful",
            model = "claude-opus-5-5",
            runtime = "claude-code",
            permission_mode = "default",
            tools = new[]
            {
                new
                {
                    type = "agent_toolset_20260401",
                    default_config = new { enabled = true, permission_policy = new { type = "always_ask" } },
                },
            },
        });
        var session = await StartAsync((string)agent["id"]!);

        var events = await Api.AskAsync(session, "Run `touch /tmp/denied /home/user/denied`");

        Assert.True((bool)Result(events)["is_error"]!);
        Assert.Contains("needs approval", Text(Result(events)), StringComparison.Ordinal);
        Assert.Equal("completed", (string?)events[^1]["outcome"]);
        Assert.Null(await Api.GetFileAsync(session, "denied"));
        await AssertBookedAsync(session);
    }

    [Fact]
    public async Task Model_that_answers_in_place_of_the_one_asked_is_what_is_priced()
    {
        Emulator.Respond(_ => Reply.Text("From another.") with
        {
            Model = "claude-haiku-4-5-20251001",
            Usage = new Usage(
                Input: 1, Output: 22, CacheWrite5m: 333, CacheWrite1h: 4444, CacheRead: 55_555, WebSearches: 2),
        });
        var session = await StartAsync();

        var events = await Api.AskAsync(session, "Hello");

        Assert.Equal("claude-haiku-4-5-20251001", (string?)events.Single(IsCallEnd)["model"]);
        await AssertBookedAsync(session);
    }

    private Task<string> StartAsync(string agent = "agent_claude_code") => Api.CreateSessionAsync(new { agent });

    private Task AssertBookedAsync(string session) =>
        new Bill(Emulator.Messages).AssertBookedAsync(Api, session, _fixture.DataFolder);

    /// <summary>The spans that the CLI itself emits are below the turn's root.</summary>
    private async Task AssertAgentSpansAsync(List<JsonNode> events)
    {
        Assert.Contains(events, stored => Type(stored) == "span.agent_spans");
        var spans = await Bill.SpansAsync(_fixture.DataFolder, (string)events[^1]["turn_id"]!);
        var root = (string)spans.Single(span => span["parent_span_id"] is null)["span_id"]!;
        var parents = spans.ToDictionary(span => (string)span["span_id"]!, span => (string?)span["parent_span_id"]);
        var interaction = spans.Single(span => (string?)span["name"] == "claude_code.interaction");
        for (var id = (string)interaction["span_id"]!; id != root; id = parents[id]!)
        {
            Assert.NotNull(parents[id]);
        }
    }

    private static string Previewed(List<JsonNode> previews) => string.Concat(
        previews.Where(preview => Type(preview) == "event_delta")
            .Select(preview => (string?)preview["delta"]!["content"]!["text"]));

    private static bool Asks(MessagesRequest request, string text) =>
        request.LastUserText.Contains(text, StringComparison.Ordinal);

    private static bool IsCallEnd(JsonNode stored) => Type(stored) == "span.model_request_end";

    private static bool IsToolUse(JsonNode stored) => Type(stored) == "agent.tool_use";

    private static bool IsResult(JsonNode stored) => Type(stored) == "agent.tool_result";

    private static JsonNode Result(List<JsonNode> events) => events.Single(IsResult);

    private static string Text(JsonNode result) =>
        string.Join('\n', result["content"]!.AsArray().Select(block => (string?)block!["text"]));
}
