using Colloquy.Agents;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Agents.Command;
using Colloquy.Sessions;
using Xunit;
using static Colloquy.Grains.Tests.Agents.OutputReading;

namespace Colloquy.Grains.Tests.Agents;

/// <summary>Programs of others under the real launcher.</summary>
public sealed class CommandRuntimeTests : IDisposable
{
    private const string ShowModel = "echo \"$ANTHROPIC_BASE_URL|$ANTHROPIC_API_KEY|$CLAUDE_CODE_OAUTH_TOKEN\"";

    private readonly LauncherHome _home = new();

    [Fact]
    public async Task Example_agent_answers_uses_a_tool_and_says_its_tokens()
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Agents", "Examples", "echo.sh");
        var prompt = "Say \"hi\"\tto C:\\temp,\nplease — é";

        var finished = await RunAsync(
            Agent("/bin/sh", script), null, prompt, """{"role":"user","text":"a"}""" + "\n" + """{"role":"assistant","text":"b"}""" + "\n");

        var reader = Reader();
        var events = reader.ReadAll(finished.Bytes);
        Assert.Equal((0, 0, false), (finished.AgentExitCode, reader.Warnings, reader.Result!.IsError));
        var message = Assert.Single(events.Bodies<AgentMessage>());
        Assert.StartsWith($"You said: {prompt} (after 1 earlier", message.Text, StringComparison.Ordinal);
        Assert.Equal("date", Assert.Single(events.Bodies<AgentToolUse>()).Name);
        Assert.Single(events.Bodies<AgentToolResult>());
        Assert.Equal(["echo-1"], events.Booked().Keys);
        Assert.InRange(events.Booked()["echo-1"].Input, 20, 40);
    }

    [Fact]
    public async Task Command_has_the_turn_and_its_own_variables_in_its_environment()
    {
        var agent = Agent("/bin/sh", "-c", "echo \"$MINE|$COLLOQUY_SESSION_ID|$COLLOQUY_TURN_ID|$TRACEPARENT|$(basename \"$TURN_DIR\")\"") with
        {
            Variables = new Dictionary<string, string> { ["MINE"] = "it's", ["TRACEPARENT"] = "wrong" },
        };

        Assert.Equal("it's|sesn_test|turn_test|00-trace-span-01|turn_test", (await RunAsync(agent)).AgentText.Trim());
    }

    [Fact]
    public async Task Command_reaches_the_gateway_that_its_sandbox_names()
    {
        var agent = Agent("/bin/sh", "-c", ShowModel) with
        {
            Variables = new Dictionary<string, string> { ["COLLOQUY_GATEWAY_URL"] = "http://gateway" },
        };

        Assert.Equal("http://gateway|cqt_1|", (await RunAsync(agent, Model())).AgentText.Trim());
        Assert.Equal(
            "https://public|cqt_1|",
            (await RunAsync(agent, Model() with { BaseUrl = "https://public" }, turn: "turn_2")).AgentText.Trim());
    }

    [Fact]
    public async Task Sandbox_without_a_gateway_is_an_error_that_says_so()
    {
        var finished = await RunAsync(Agent("/bin/sh", "-c", ShowModel), Model());

        Assert.Equal(78, finished.AgentExitCode);
        Assert.Contains("no way to the model gateway", System.Text.Encoding.UTF8.GetString(finished.AgentStderr), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "|key|")]
    [InlineData(true, "||key")]
    public async Task Command_with_direct_access_has_the_key(bool oauth, string expected)
    {
        var direct = new ModelAccess(Direct: true, null, "key", oauth);
        var agent = Agent("/bin/sh", "-c", ShowModel) with
        {
            Variables = new Dictionary<string, string> { ["ANTHROPIC_API_KEY"] = "other", ["ANTHROPIC_BASE_URL"] = "other" },
        };

        Assert.Equal(expected, (await RunAsync(agent, direct)).AgentText.Trim());
    }

    [Fact]
    public async Task Command_without_a_model_has_no_credentials()
    {
        Assert.Equal("||", (await RunAsync(Agent("/bin/sh", "-c", ShowModel))).AgentText.Trim());
    }

    public void Dispose() => _home.Dispose();

    private static ModelAccess Model() => new(Direct: false, null, "cqt_1", IsOAuth: false);

    private static AgentDefinition Agent(params string[] command) =>
        new("agent_mine", 1, "Mine", AgentRuntime.Command, "echo-1") { Command = command };

    private Task<Finished> RunAsync(
        AgentDefinition agent, ModelAccess? model = null, string prompt = "", string history = "", string turn = "turn_test")
    {
        var work = new AgentTurn(Session, new TurnId(turn), prompt, 1, "00-trace-span-01", model);
        return _home.RunAsync(_home.Prepare(work, new CommandRuntime().Prepare(agent, work), history));
    }
}
