using Colloquy.Grains.Agents;
using Colloquy.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Colloquy.Grains.Tests.Agents;

public class BuiltInAgentsTests
{
    private readonly AgentCatalog _catalog = new ServiceCollection()
        .AddBuiltInAgents().BuildServiceProvider().GetRequiredService<AgentCatalog>();

    [Theory]
    [InlineData(BuiltIn.OfflineAgent)]
    [InlineData(BuiltIn.DefaultAgent)]
    public void Offline_agent_can_run_and_says_what_it_is(string id)
    {
        var agent = _catalog.Get(id);

        Assert.Equal((id, "Offline", "offline-1"), (agent.Summary.Id, agent.Summary.Name, agent.Summary.Model));
        Assert.Contains("deterministic", agent.Summary.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(BuiltIn.ClaudeCodeAgent, "the Claude Code sandbox template")]
    [InlineData(BuiltIn.PythonAgent, "the Python sandbox template")]
    public void Agent_that_cannot_run_names_what_is_missing_and_what_to_use(string id, string missing)
    {
        var error = Assert.Throws<InvalidInputException>(() => _catalog.Get(id));

        Assert.Contains("the model gateway", error.Message, StringComparison.Ordinal);
        Assert.Contains(missing, error.Message, StringComparison.Ordinal);
        Assert.Contains(BuiltIn.OfflineAgent, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Offline_agent_prepares_the_same_turn_alike()
    {
        var agent = _catalog.Get(BuiltIn.OfflineAgent);
        var turn = new AgentTurn(new SessionId("sesn_1"), new TurnId("turn_1"), "Write a to b, then read it.", 1, "");

        Assert.Equal(
            agent.Prepare(turn).Files.Select(file => Convert.ToHexString(file.Content.Span)),
            agent.Prepare(turn).Files.Select(file => Convert.ToHexString(file.Content.Span)));
    }
}
