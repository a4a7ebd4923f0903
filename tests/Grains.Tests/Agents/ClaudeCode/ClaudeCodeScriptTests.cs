using System.Runtime.Versioning;
using System.Text.Json;
using Colloquy.Agents;
using Xunit;
using static Colloquy.Grains.Tests.Agents.ClaudeCode.ClaudeTurns;

namespace Colloquy.Grains.Tests.Agents.ClaudeCode;

/// <summary>What the CLI is started with, by the real launcher and the real script.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ClaudeCodeScriptTests : IDisposable
{
    private readonly ClaudeSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData("Hello")]
    [InlineData("/compact @secret.txt")]
    [InlineData("It's \"quoted\" $(reboot) `x` %s \\n \\ \n\n two lines\t\n")]
    [InlineData("naïve 日本語 🙂 \u0001\u007f\u0081\u2028")]
    [InlineData("")]
    public async Task Prompt_arrives_as_it_is_and_as_text_only(string prompt)
    {
        var turn = await _sandbox.RunAsync(1, prompt);

        Assert.Equal((0, ""), (turn.ExitCode, turn.Errors));
        Assert.Equal([prompt], turn.Texts);
        Assert.True(turn.Message.GetProperty("client_composed").GetBoolean());
    }

    [Fact]
    public async Task Long_prompt_arrives_as_it_is()
    {
        var prompt = string.Concat(Enumerable.Repeat("\"ü\"\n", 50_000));

        var turn = await _sandbox.RunAsync(1, prompt);

        Assert.Equal([prompt], turn.Texts);
    }

    [Fact]
    public async Task Credential_is_not_in_the_environment_and_the_model_is_behind_the_gateway()
    {
        var turn = await _sandbox.RunAsync(1);

        Assert.Equal(Token, turn.Credential);
        Assert.Equal(ClaudeSandbox.Gateway, turn.Variables["ANTHROPIC_BASE_URL"]);
        Assert.Equal("3", turn.Variables["CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR"]);
        Assert.Equal(
            ["OTEL_EXPORTER_OTLP_HEADERS"],
            turn.Variables.Where(pair => pair.Value.Contains(Token, StringComparison.Ordinal)).Select(pair => pair.Key));
        Assert.Equal($"x-api-key={Token}", turn.Variables["OTEL_EXPORTER_OTLP_HEADERS"]);
        Assert.Equal(ClaudeSandbox.Gateway, turn.Variables["OTEL_EXPORTER_OTLP_ENDPOINT"]);
    }

    [Fact]
    public async Task Turn_and_trace_are_in_the_environment()
    {
        var turn = await _sandbox.RunAsync(1);

        Assert.Equal(
            ("sesn_1", "turn_1", "session.id=sesn_1,colloquy.turn.id=turn_1", Turn(1).TraceParent),
            (turn.Variables["COLLOQUY_SESSION_ID"], turn.Variables["COLLOQUY_TURN_ID"], turn.Variables["BAGGAGE"],
                turn.Variables["TRACEPARENT"]));
    }

    [Fact]
    public async Task Sandbox_without_a_way_to_the_gateway_is_told_so()
    {
        _sandbox.GatewayUrl = null;

        var turn = await _sandbox.RunAsync(1);

        Assert.Equal(78, turn.ExitCode);
        Assert.Contains("SandboxHost:GatewayUrl", turn.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sandbox_without_the_cli_is_told_so()
    {
        _sandbox.Uninstall();

        var turn = await _sandbox.RunAsync(1);

        Assert.Equal(127, turn.ExitCode);
        Assert.Contains("template", turn.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Second_turn_goes_on_with_the_conversation_of_the_first()
    {
        var first = await _sandbox.RunAsync(1);
        var second = await _sandbox.RunAsync(2, "And now?", Line("user", "Hello"));
        var third = await _sandbox.RunAsync(3);

        Assert.Equal((first.Began, first.Began), (second.Resumed, third.Resumed));
        Assert.Equal(["And now?"], second.Texts);
        Assert.Null(second.Began);
        Assert.Null(first.Resumed);
    }

    [Fact]
    public async Task Turn_after_an_interrupted_one_goes_on_with_its_conversation()
    {
        var first = await _sandbox.RunAsync(1, variables: new() { ["STUB_SIGNAL"] = "TERM" });
        var second = await _sandbox.RunAsync(2);

        Assert.Equal((143, first.Began), (first.ExitCode, second.Resumed));
    }

    [Fact]
    public async Task Turn_after_one_that_was_cut_off_before_its_message_was_noted_is_told_the_history()
    {
        await _sandbox.RunAsync(1);
        await _sandbox.RunAsync(2, variables: new() { ["STUB_FORGETS"] = "1" });

        var third = await _sandbox.RunAsync(3, "Third", Line("user", "Second"));

        Assert.NotNull(third.Began);
        AssertTold(third, Line("user", "Second"), "Third");
    }

    [Fact]
    public async Task Turn_after_one_that_never_reached_the_cli_is_told_the_history()
    {
        await _sandbox.RunAsync(1);

        var third = await _sandbox.RunAsync(3, "Third", Line("user", "First") + Line("user", "Second"));

        AssertTold(third, Line("user", "First") + Line("user", "Second"), "Third");
    }

    [Fact]
    public async Task Turn_whose_conversation_is_lost_is_told_the_history()
    {
        await _sandbox.RunAsync(1);
        Directory.Delete(_sandbox.Records, recursive: true);

        var second = await _sandbox.RunAsync(2, "Second", Line("user", "First"));

        Assert.NotNull(second.Began);
        AssertTold(second, Line("user", "First"), "Second");
    }

    [Fact]
    public async Task Turn_in_a_new_sandbox_is_told_the_history_and_the_next_goes_on()
    {
        await _sandbox.RunAsync(1);
        _sandbox.Rebuild();

        var second = await _sandbox.RunAsync(2, "Second", Line("user", "First"));
        var third = await _sandbox.RunAsync(3);

        AssertTold(second, Line("user", "First"), "Second");
        Assert.Equal(second.Began, third.Resumed);
    }

    [Fact]
    public async Task Conversation_that_fails_twice_in_a_row_is_begun_anew()
    {
        var failing = new Dictionary<string, string> { ["STUB_EXIT"] = "1" };
        var first = await _sandbox.RunAsync(1, variables: failing);
        var second = await _sandbox.RunAsync(2, variables: failing);
        var third = await _sandbox.RunAsync(3);
        var fourth = await _sandbox.RunAsync(4);

        Assert.Equal(first.Began, second.Resumed);
        Assert.NotNull(third.Began);
        Assert.Equal(third.Began, fourth.Resumed);
    }

    [Fact]
    public async Task Failure_after_a_success_does_not_count()
    {
        var failing = new Dictionary<string, string> { ["STUB_EXIT"] = "1" };
        var first = await _sandbox.RunAsync(1, variables: failing);
        await _sandbox.RunAsync(2);
        await _sandbox.RunAsync(3, variables: failing);

        Assert.Equal(first.Began, (await _sandbox.RunAsync(4)).Resumed);
    }

    [Fact]
    public async Task History_of_any_text_is_told_as_it_is()
    {
        var history = Line("user", "It's \"q\" \\ $(x) %s \\n\n🙂\u0001</conversation>") + Line("assistant", "\\\"\\");

        var turn = await _sandbox.RunAsync(2, "Next", history);

        AssertTold(turn, history, "Next");
    }

    [Fact]
    public async Task Long_history_is_told_from_the_newest_whole_lines_on()
    {
        var lines = Enumerable.Range(0, 200).Select(i => Line("user", $"{i} " + new string('x', 9_000))).ToList();

        var turn = await _sandbox.RunAsync(2, "Next", string.Concat(lines));

        AssertTold(turn, string.Concat(lines.TakeLast(400_000 / lines[^1].Length)), "Next");
        Assert.Contains("left out", turn.Texts[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task History_of_one_enormous_line_is_told_by_its_end()
    {
        var turn = await _sandbox.RunAsync(2, "Next", Line("user", new string('x', 500_000) + " the end"));

        Assert.Equal(2, turn.Texts.Length);
        Assert.Contains("xxx the end\"}\n", turn.Texts[0], StringComparison.Ordinal);
        Assert.InRange(turn.Texts[0].Length, 400_000, 401_000);
    }

    [Fact]
    public async Task System_prompt_and_servers_are_given_as_files()
    {
        var system = string.Concat(Enumerable.Repeat("Be \"brief\"\n", 10_000));
        var agent = Agent with
        {
            System = system,
            McpServers =
            [
                new McpServer("wiki", "https://wiki.example/mcp", [], new Dictionary<string, string>()),
                new McpServer("local", null, ["node", "a b.js", "--x"], new Dictionary<string, string> { ["A"] = "b" }),
            ],
        };

        var turn = await _sandbox.RunAsync(1, agent: agent);

        Assert.Equal(system, turn.FileOf("--append-system-prompt-file="));
        Assert.Equal(
            """{"mcpServers":{"wiki":{"type":"http","url":"https://wiki.example/mcp"},"local":{"type":"stdio","command":"node","args":["a b.js","--x"],"env":{"A":"b"}}}}""",
            turn.FileOf("--mcp-config="));
    }

    [Fact]
    public async Task Workspace_is_left_alone()
    {
        await _sandbox.RunAsync(1);

        Assert.Empty(_sandbox.Workspace);
    }

    private static void AssertTold(ClaudeTurn turn, string history, string prompt)
    {
        Assert.Equal(2, turn.Texts.Length);
        Assert.StartsWith($"<conversation>\n{history}</conversation>\n", turn.Texts[0], StringComparison.Ordinal);
        Assert.Equal(prompt, turn.Texts[1]);
    }

    private static string Line(string role, string text) => JsonSerializer.Serialize(new { role, text }) + "\n";
}
