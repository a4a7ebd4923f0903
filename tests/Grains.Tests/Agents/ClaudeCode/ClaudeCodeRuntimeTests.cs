using System.Text;
using System.Text.Json;
using Colloquy.Agents;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Agents.ClaudeCode;
using CsCheck;
using Xunit;
using static Colloquy.Grains.Tests.Agents.ClaudeCode.ClaudeTurns;

namespace Colloquy.Grains.Tests.Agents.ClaudeCode;

public class ClaudeCodeRuntimeTests
{
    private static readonly ToolPolicy Off = new(false, ToolPolicy.AlwaysAllow);
    private static readonly ToolPolicy Ask = new(true, ToolPolicy.AlwaysAsk);
    private static readonly ModelAccess Direct = new(true, null, "sk-1", IsOAuth: false);

    [Fact]
    public void Same_turn_is_prepared_alike()
    {
        var (a, b) = (Prepare(Agent), Prepare(Agent));

        Assert.Equal(a.Command, b.Command);
        Assert.Equal(a.Environment, b.Environment);
        Assert.Equal(
            a.Files.Select(file => (file.Path, Convert.ToHexString(file.Content.Span))),
            b.Files.Select(file => (file.Path, Convert.ToHexString(file.Content.Span))));
    }

    [Fact]
    public void Plain_agent_has_all_tools_and_no_limits() => Assert.Equal(
        [
            "-p", "--input-format=stream-json", "--output-format=stream-json", "--verbose",
            "--include-partial-messages", "--model=claude-opus-5-5", "--permission-mode=bypassPermissions",
            "--setting-sources=", "--strict-mcp-config", "--disallowedTools=ScheduleWakeup",
        ],
        Flags(Agent));

    [Fact]
    public void Limit_of_round_trips_is_passed_on() =>
        Assert.Contains("--max-turns=7", Flags(Agent with { MaxTurns = 7 }));

    [Fact]
    public void Disabled_tools_do_not_exist()
    {
        var flags = Flags(With(PermissionMode.Bypass, others: true, ("bash", Off), ("edit", Off))).ToList();

        Assert.Contains("--disallowedTools=Bash,Monitor,Workflow,Edit,NotebookEdit,ScheduleWakeup", flags);
        Assert.DoesNotContain(flags, flag => flag.StartsWith("--tools", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--tools=")]
    [InlineData("--tools=Bash,WebFetch", "bash", "web_fetch")]
    public void Only_named_tools_exist_if_others_are_disabled(string flag, params string[] enabled)
    {
        var named = enabled.Select(name => (name, ToolPolicy.Allowed)).ToArray();

        Assert.Contains(flag, Flags(With(PermissionMode.Bypass, others: false, named)));
    }

    [Fact]
    public void Tools_that_ask_are_left_to_the_permission_mode()
    {
        var agent = With(PermissionMode.DontAsk, others: true, ("bash", Ask), ("write", Ask), ("web_search", Off)) with
        {
            McpServers = [new McpServer("wiki", "https://wiki.example/mcp", [], new Dictionary<string, string>())],
        };

        Assert.Contains("--allowedTools=Read,Edit,Glob,Grep,WebFetch,mcp__wiki", Flags(agent));
    }

    [Fact]
    public void Nothing_is_allowed_by_name_where_everything_is() => Assert.DoesNotContain(
        Flags(With(PermissionMode.Bypass, others: true, ("bash", Ask))),
        flag => flag.StartsWith("--allowedTools", StringComparison.Ordinal));

    [Fact]
    public void Nothing_is_allowed_if_every_tool_asks() => Assert.DoesNotContain(
        Flags(Agent with { PermissionMode = PermissionMode.Default, Tools = new AgentTools(Ask, new Dictionary<string, ToolPolicy>()) }),
        flag => flag.StartsWith("--allowedTools", StringComparison.Ordinal));

    [Fact]
    public void Text_of_a_user_cannot_become_a_flag()
    {
        var before = Flags(Agent).Count();

        Assert.Equal(before, Flags(Agent with { Model = "--dangerously x", System = "--help" }).Count());
    }

    [Fact]
    public void Agents_variables_do_not_replace_ours()
    {
        var variables = Prepare(Agent with
        {
            Variables = new Dictionary<string, string>
            {
                ["MY_SETTING"] = "mine",
                ["CLAUDE_CODE_MAX_RETRIES"] = "2",
                ["IS_SANDBOX"] = "0",
                ["ANTHROPIC_API_KEY"] = "stolen",
                ["ANTHROPIC_AUTH_TOKEN"] = "stolen",
                ["CLAUDE_CODE_OAUTH_TOKEN"] = "stolen",
                ["ANTHROPIC_BASE_URL"] = "https://elsewhere.example",
                ["OTEL_TRACES_EXPORTER"] = "console",
            },
        }).Environment;

        Assert.Equal(("mine", "2", "1"), (variables["MY_SETTING"], variables["CLAUDE_CODE_MAX_RETRIES"], variables["IS_SANDBOX"]));
        Assert.Equal((Token, "otlp"), (variables["ANTHROPIC_API_KEY"], variables["OTEL_TRACES_EXPORTER"]));
        Assert.DoesNotContain("stolen", variables.Values);
        Assert.DoesNotContain("ANTHROPIC_BASE_URL", variables.Keys);
    }

    [Fact]
    public void Spans_go_nowhere_without_the_gateway_or_if_the_agent_wants_none()
    {
        var silent = Agent with { Tracing = new AgentTracing(AgentSpans: false) };

        Assert.DoesNotContain("OTEL_TRACES_EXPORTER", Prepare(silent).Environment.Keys);
        Assert.DoesNotContain("OTEL_TRACES_EXPORTER", Prepare(Agent, Direct).Environment.Keys);
    }

    [Fact]
    public void Credential_is_in_one_variable_only()
    {
        foreach (var access in (ModelAccess[])[Gateway, Direct, Direct with { IsOAuth = true }])
        {
            var run = Prepare(Agent, access);

            var name = access.IsOAuth ? "CLAUDE_CODE_OAUTH_TOKEN" : "ANTHROPIC_API_KEY";
            Assert.Equal(name, Assert.Single(run.Environment, pair => pair.Value == access.Credential).Key);
            Assert.DoesNotContain(run.Command, argument => argument.Contains(access.Credential, StringComparison.Ordinal));
            Assert.DoesNotContain(
                run.Files, file => Encoding.UTF8.GetString(file.Content.Span).Contains(access.Credential, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Turn_without_model_access_is_a_mistake() => Assert.Throws<ArgumentException>(
        () => new ClaudeCodeRuntime(new ModelAccessOptions()).Prepare(Agent, Turn(1) with { Model = null }));

    [Fact]
    public void Runtime_is_refused_where_no_model_can_be_called()
    {
        Assert.Equal("no key", new ClaudeCodeRuntime(new ModelAccessOptions { Missing = "no key" }).Missing);
        Assert.Null(new ClaudeCodeRuntime(new ModelAccessOptions()).Missing);
    }

    [Fact]
    public void Message_of_any_text_is_one_line_that_says_it() => Gen.String.Sample(
        text =>
        {
            var line = Encoding.UTF8.GetString(ClaudeCodeMessage.Write(Turn(1, text)));
            var json = JsonSerializer.Deserialize<JsonElement>($$"""{"type":"user","message":{"role":"user","content":[{{line}}""");
            var said = json.GetProperty("message").GetProperty("content")[0].GetProperty("text").GetString();
            // What has no UTF-8 form cannot be sent.
            return said == Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) && line.IndexOf('\n') == line.Length - 1;
        });
}
