using Colloquy.Agents;
using Colloquy.Grains.Agents;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Agents;

public class ReservedVariablesTests
{
    [Theory]
    [InlineData(AgentRuntime.ClaudeCode, "ANTHROPIC_API_KEY")]
    [InlineData(AgentRuntime.ClaudeCode, "CLAUDE_CODE_USE_BEDROCK")]
    [InlineData(AgentRuntime.Python, "CLAUDE_CONFIG_DIR")]
    [InlineData(AgentRuntime.Command, "COLLOQUY_GATEWAY_URL")]
    [InlineData(AgentRuntime.Command, "TRACEPARENT")]
    [InlineData(AgentRuntime.Offline, "HOME")]
    public void Reserved_name_is_refused_and_said(string runtime, string name)
    {
        var refused = Assert.Throws<InvalidInputException>(() => AgentRules.Check(Agent(runtime, name)));

        Assert.Contains($"variables.{name}", refused.Message, StringComparison.Ordinal);
        Assert.Contains("reserved", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("COLLOQUY")]
    [InlineData("MY_HOME")]
    [InlineData("BASH_MAX_TIMEOUT_MS")]
    [InlineData("CLAUDE_CODE_MAX_RETRIES")]
    public void Other_names_are_free(string name) => AgentRules.Check(Agent(AgentRuntime.ClaudeCode, name));

    [Fact]
    public void Mcp_server_of_its_own_process_may_have_any()
    {
        var server = new McpServer("files", null, ["serve"], new Dictionary<string, string> { ["ANTHROPIC_API_KEY"] = "its own" });

        AgentRules.Check(Agent(AgentRuntime.ClaudeCode, "MINE") with { McpServers = [server] });
    }

    private static AgentDefinition Agent(string runtime, string variable) => new("agent_1", 1, "Mine", runtime, "m")
    {
        Command = runtime == AgentRuntime.Command ? ["x"] : [],
        Variables = new Dictionary<string, string> { [variable] = "x" },
    };
}
