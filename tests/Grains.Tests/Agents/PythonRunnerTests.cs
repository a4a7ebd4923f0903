using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using Colloquy.Agents;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Agents.Python;
using Colloquy.Grains.Tests.Agents.ClaudeCode;
using Colloquy.Sessions;
using Xunit;
using static Colloquy.Grains.Tests.Agents.OutputReading;

namespace Colloquy.Grains.Tests.Agents;

/// <summary>The real runner under the real launcher, with a stand-in for the SDK that replays recorded outputs.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PythonRunnerTests : IDisposable
{
    private static readonly AgentDefinition Agent = BuiltInAgents.Find(BuiltIn.PythonAgent, null, new())!;
    private static readonly ModelAccess Gateway = new(Direct: false, null, "cqt_1", IsOAuth: false);

    private static readonly string WithoutCli = string.Join(
        ':',
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Where(folder => !File.Exists($"{folder}/claude")));

    private readonly LauncherHome _home = new();

    public static TheoryData<string> All => [.. Transcript.Names];

    [Theory, MemberData(nameof(All))]
    public async Task Runner_prints_lines_that_mean_what_the_lines_of_the_cli_mean(string name)
    {
        var cli = Reader(baseline: Transcript.Before(name));
        var expected = cli.ReadAll(Transcript.Read(name));

        var finished = await RunAsync(Transcript.Read(name));

        var runner = Reader(baseline: Transcript.Before(name));
        var events = runner.ReadAll(finished.Bytes);
        Assert.Equal(Said(expected), Said(events));
        Assert.Equal(expected.Booked().OrderBy(pair => pair.Key), events.Booked().OrderBy(pair => pair.Key));
        Assert.Equal(0, runner.Warnings);
        Assert.Equal(
            (cli.Result?.IsError, cli.Result?.Text, cli.Result?.ApiStatus, cli.Result?.TerminalReason),
            (runner.Result?.IsError, runner.Result?.Text, runner.Result?.ApiStatus, runner.Result?.TerminalReason));
        Assert.Equal(cli.Result is { IsError: false } ? 0 : 1, finished.AgentExitCode);
    }

    [Fact]
    public async Task Agent_definition_reaches_the_sdk()
    {
        var agent = Agent with
        {
            Model = "claude-sonnet-5-5",
            System = "Be brief.",
            MaxTurns = 7,
            PermissionMode = PermissionMode.DontAsk,
            Tools = new AgentTools(
                new ToolPolicy(false, ToolPolicy.AlwaysAllow),
                new Dictionary<string, ToolPolicy> { ["bash"] = ToolPolicy.Allowed, ["read"] = new(true, ToolPolicy.AlwaysAsk) }),
            McpServers = [new McpServer("files", null, ["serve", "-v"], new Dictionary<string, string> { ["A"] = "b" })],
        };

        await RunAsync(Transcript.Read("01-text.jsonl"), agent);

        var options = Asked().GetProperty("options");
        Assert.Equal("claude-sonnet-5-5", options.GetProperty("model").GetString());
        Assert.Equal("Be brief.", options.GetProperty("system_prompt").GetProperty("append").GetString());
        Assert.Equal(7, options.GetProperty("max_turns").GetInt32());
        Assert.Equal("dontAsk", options.GetProperty("permission_mode").GetString());
        Assert.Equal("""["Bash","Read"]""", options.GetProperty("tools").GetRawText().Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal("""["Bash"]""", options.GetProperty("allowed_tools").GetRawText());
        Assert.Equal("serve", options.GetProperty("mcp_servers").GetProperty("files").GetProperty("command").GetString());
        Assert.Equal("[]", options.GetProperty("setting_sources").GetRawText());
    }

    [Fact]
    public async Task Agent_with_all_tools_keeps_the_sdk_s_own_set()
    {
        await RunAsync(Transcript.Read("01-text.jsonl"));

        Assert.Equal(JsonValueKind.Null, Asked().GetProperty("options").GetProperty("tools").ValueKind);
    }

    public static TheoryData<string, bool, string, string> Toolsets => new()
    {
        { PermissionMode.Bypass, true, "bash", "edit" },
        { PermissionMode.DontAsk, true, "edit", "web_search" },
        { PermissionMode.AcceptEdits, false, "read", "bash" },
    };

    [Theory, MemberData(nameof(Toolsets))]
    public async Task Sdk_is_given_the_same_tools_as_the_cli(string mode, bool others, string off, string ask)
    {
        var agent = ClaudeTurns.With(
            mode, others, (off, new(false, ToolPolicy.AlwaysAllow)), (ask, new(true, ToolPolicy.AlwaysAsk))) with
        {
            McpServers = [new McpServer("wiki", "https://wiki.example/mcp", [], new Dictionary<string, string>())],
        };

        await RunAsync(Transcript.Read("01-text.jsonl"), agent);

        var flags = ClaudeTurns.Flags(agent).ToList();
        Assert.Equal(
            (Flag("--tools="), Flag("--allowedTools="), Flag("--disallowedTools=")),
            (Option("tools"), Option("allowed_tools"), Option("disallowed_tools")));
        Assert.EndsWith("ScheduleWakeup", Option("disallowed_tools"), StringComparison.Ordinal);

        string Flag(string name) =>
            flags.SingleOrDefault(flag => flag.StartsWith(name, StringComparison.Ordinal))?[name.Length..] ?? "";

        string Option(string name) => Asked().GetProperty("options").GetProperty(name) is { ValueKind: JsonValueKind.Array } list
            ? string.Join(',', list.EnumerateArray().Select(item => item.GetString()))
            : "";
    }

    [Fact]
    public async Task Second_turn_resumes_the_session_of_the_first()
    {
        var session = Transcript.Lines("01-text.jsonl").Last().GetProperty("session_id").GetString()!;
        await RunAsync(Transcript.Read("01-text.jsonl"));
        Record(session);

        await RunAsync(Transcript.Read("01-text.jsonl"), number: 2, prompt: "And now?", history: Earlier);

        Assert.Equal(session, Asked().GetProperty("options").GetProperty("resume").GetString());
        Assert.Equal("And now?", Prompt());
    }

    [Theory]
    [InlineData(true, true, 3)] // A turn in between did not run here.
    [InlineData(false, true, 2)] // The sandbox was rebuilt without the session.
    [InlineData(true, false, 2)] // The last turn was cut off before its message was noted.
    public async Task Session_that_does_not_end_with_the_last_turn_is_not_resumed(bool stored, bool noted, int number)
    {
        var session = Transcript.Lines("01-text.jsonl").Last().GetProperty("session_id").GetString()!;
        await RunAsync(Transcript.Read("01-text.jsonl"));
        Record(stored ? session : "another", noted ? null : "another");

        await RunAsync(Transcript.Read("01-text.jsonl"), number: number, prompt: "And now?", history: Earlier);

        Assert.Equal(JsonValueKind.Null, Asked().GetProperty("options").GetProperty("resume").ValueKind);
        Assert.Contains("user: It is \"blue\".\n\nassistant: Noted.", Prompt(), StringComparison.Ordinal);
        Assert.EndsWith("And now?", Prompt(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Session_that_fails_twice_in_a_row_is_begun_anew()
    {
        var failing = Transcript.Read("06-api-403.jsonl");
        var session = Transcript.Lines("06-api-403.jsonl").Last().GetProperty("session_id").GetString()!;
        var resumed = new List<string?>();
        for (var number = 1; number <= 4; number++)
        {
            await RunAsync(failing, number: number, history: Earlier);
            Record(session);
            resumed.Add(Asked().GetProperty("options").GetProperty("resume").GetString());
        }

        Assert.Equal([null, session, null, session], resumed);
    }

    [Fact]
    public async Task Workspace_is_left_alone()
    {
        await RunAsync(Transcript.Read("01-text.jsonl"));

        Assert.Equal(
            _home.PathOf(".colloquy/claude"), Asked().GetProperty("environment").GetProperty("CLAUDE_CONFIG_DIR").GetString());
        Assert.False(Directory.Exists(_home.PathOf(".claude")));
    }

    [Fact]
    public async Task Agent_has_the_turn_its_trace_and_the_gateway_in_its_environment()
    {
        await RunAsync(Transcript.Read("01-text.jsonl"));

        var environment = Asked().GetProperty("environment");
        Assert.Equal(
            ("http://gateway", "00-trace-span-01", "turn_1", "http://gateway"),
            (Variable("ANTHROPIC_BASE_URL"), Variable("TRACEPARENT"),
                Variable("COLLOQUY_TURN_ID"), Variable("OTEL_EXPORTER_OTLP_ENDPOINT")));

        string? Variable(string name) => environment.GetProperty(name).GetString();
    }

    [Fact]
    public async Task Credential_reaches_the_cli_by_a_file_descriptor_alone()
    {
        var bin = Directory.CreateDirectory(_home.PathOf("bin")).FullName;
        await File.WriteAllTextAsync(
            $"{bin}/claude", "#!/bin/sh\nenv >\"$HOME/seen\"\ncat <&3 >\"$HOME/credential\"\n",
            TestContext.Current.CancellationToken);
        File.SetUnixFileMode($"{bin}/claude", UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var path = $"{bin}:{Environment.GetEnvironmentVariable("PATH")}";

        await RunAsync(Transcript.Read("01-text.jsonl"), path: path);

        Assert.Equal("cqt_1\n", await File.ReadAllTextAsync(_home.PathOf("credential"), TestContext.Current.CancellationToken));
        var seen = await File.ReadAllLinesAsync(_home.PathOf("seen"), TestContext.Current.CancellationToken);
        Assert.Equal(
            ["OTEL_EXPORTER_OTLP_HEADERS=x-api-key=cqt_1"],
            seen.Where(line => line.Contains("cqt_1", StringComparison.Ordinal)));
        Assert.Contains("CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR=3", seen);
        Assert.DoesNotContain("cqt_1", Asked().GetProperty("environment").GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_message_is_skipped()
    {
        var finished = await RunAsync(
            [.. """{"type":"message_of_the_future","words":[]}"""u8, .. "\n"u8, .. Transcript.Read("01-text.jsonl")]);

        Assert.Equal(0, finished.AgentExitCode);
        Assert.DoesNotContain("future", finished.AgentText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failing_sdk_leaves_its_traceback_and_an_exit_code()
    {
        var finished = await RunAsync("this is no line"u8.ToArray());

        Assert.Equal(1, finished.AgentExitCode);
        Assert.Contains("JSONDecodeError", Encoding.UTF8.GetString(finished.AgentStderr), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Oauth_token_is_handed_over_as_such_and_without_a_base_url()
    {
        var direct = new ModelAccess(Direct: true, null, "oauth-1", IsOAuth: true);

        await RunAsync(Transcript.Read("21-oauth-rate-limit-event.jsonl"), model: direct);

        var environment = Asked().GetProperty("environment");
        var own = Asked().GetProperty("options").GetProperty("env");
        Assert.Equal("oauth-1", own.GetProperty("CLAUDE_CODE_OAUTH_TOKEN").GetString());
        Assert.False(own.TryGetProperty("ANTHROPIC_API_KEY", out _));
        Assert.False(environment.TryGetProperty("ANTHROPIC_API_KEY", out _));
        Assert.False(environment.TryGetProperty("ANTHROPIC_BASE_URL", out _));
    }

    public void Dispose() => _home.Dispose();

    private const string Earlier = """
        {"role":"user","text":"It is \"blue\"."}
        {"role":"assistant","text":"Noted."}

        """;

    private Task<Finished> RunAsync(
        byte[] transcript, AgentDefinition? agent = null, int number = 1, string prompt = "Hi", string history = "",
        ModelAccess? model = null, string? path = null)
    {
        File.WriteAllBytes(_home.PathOf("transcript.jsonl"), transcript);
        agent = (agent ?? Agent) with
        {
            Variables = new Dictionary<string, string>
            {
                ["PYTHONPATH"] = Path.Combine(AppContext.BaseDirectory, "Agents", "PythonStandIn"),
                ["PYTHONDONTWRITEBYTECODE"] = "1",
                ["STAND_IN_TRANSCRIPT"] = _home.PathOf("transcript.jsonl"),
                ["STAND_IN_ASKED"] = _home.PathOf("asked.json"),
                ["COLLOQUY_GATEWAY_URL"] = "http://gateway",
                // Without a CLI, unless the test has one.
                ["PATH"] = path ?? WithoutCli,
            },
        };
        var turn = new AgentTurn(
            Session, new TurnId($"turn_{number}"), prompt, number, "00-trace-span-01", model ?? Gateway);
        return _home.RunAsync(_home.Prepare(turn, new PythonRuntime(new()).Prepare(agent, turn), history));
    }

    /// <summary>What the CLI leaves behind: by default the session with the message that it was sent.</summary>
    private void Record(string session, string? message = null)
    {
        message ??= Asked().GetProperty("sent")[0].GetProperty("uuid").GetString();
        var folder = Directory.CreateDirectory(_home.PathOf(".colloquy/claude/projects/-home")).FullName;
        File.AppendAllText($"{folder}/{session}.jsonl", $$"""{"type":"user","uuid":"{{message}}"}""" + "\n");
    }

    private JsonElement Asked() =>
        JsonSerializer.Deserialize<JsonElement>(File.ReadAllBytes(_home.PathOf("asked.json")));

    private string Prompt() =>
        Asked().GetProperty("sent")[0].GetProperty("message").GetProperty("content").GetString()!;

    /// <summary>Everything but the model calls, whose ids come from where their result line stands.</summary>
    private static IEnumerable<string> Said(IEnumerable<AgentOutputEvent> events) => events
        .Where(item => item.Body is not (ModelRequestStart or ModelRequestEnd))
        .Select(item => Encoding.UTF8.GetString(EventJson.Write(item.Body)));
}
