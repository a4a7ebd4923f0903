using Colloquy.Agents;
using Colloquy.Grains.Agents;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Agents;

public class BuiltInAgentsTests
{
    private static readonly ModelAccessOptions NoModel = new() { Missing = "no key" };

    [Fact]
    public void Offline_agent_says_what_it_is()
    {
        var agent = BuiltInAgents.Find(BuiltIn.OfflineAgent, null, NoModel)!;

        Assert.Equal(("Offline", "offline-1"), (agent.Name, agent.Model));
        Assert.Contains("deterministic", agent.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Default_agent_is_claude_code_where_a_model_can_be_called()
    {
        Assert.Equal(AgentRuntime.Offline, BuiltInAgents.Find(BuiltIn.DefaultAgent, null, NoModel)!.Runtime);
        Assert.Equal(AgentRuntime.ClaudeCode, BuiltInAgents.Find(BuiltIn.DefaultAgent, null, new())!.Runtime);
        Assert.Equal(AgentRuntime.Offline, BuiltInAgents.Find(BuiltIn.DefaultAgent, 1, new())!.Runtime);
        Assert.Null(BuiltInAgents.Find(BuiltIn.DefaultAgent, 3, new()));
    }

    [Fact]
    public void Offline_agent_prepares_the_same_turn_alike()
    {
        var turn = new AgentTurn(new SessionId("sesn_1"), new TurnId("turn_1"), "Write a to b, then read it.", 1, "");

        Assert.Equal(
            OfflineRun.Of(turn).Files.Select(file => Convert.ToHexString(file.Content.Span)),
            OfflineRun.Of(turn).Files.Select(file => Convert.ToHexString(file.Content.Span)));
    }
}
