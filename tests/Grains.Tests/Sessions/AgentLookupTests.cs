using Colloquy.Agents;
using Colloquy.Errors;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Sessions;

/// <summary>Turns whose agent cannot be looked up, or cannot run on this server any more.</summary>
public sealed class AgentLookupTests : SessionTest
{
    [Fact]
    public async Task Agent_that_runs_is_read_to_its_end_by_a_server_that_could_not_start_it()
    {
        var session = await _cluster.CreateAsync(agent: BuiltIn.ClaudeCodeAgent);
        var agent = await _cluster.AskAsync(session);
        agent.Say("before", "msg_1");
        await SaidAsync("before");
        _cluster.Missing[AgentRuntime.ClaudeCode] = "the key was removed";

        await _cluster.Cluster.DeactivateAsync(session);
        await _cluster.Sandboxes.NextProcessAsync();
        agent.Say("after", "msg_2");
        agent.Finish();

        Assert.Equal(TurnOutcome.Completed, (await _cluster.IdleAsync()).Outcome);
        Assert.Equal(["before", "after"], Answers());
    }

    [Fact]
    public async Task Agent_that_cannot_run_here_any_more_fails_its_turns_with_the_reason()
    {
        var session = await _cluster.CreateAsync(agent: BuiltIn.ClaudeCodeAgent);
        _cluster.Missing[AgentRuntime.ClaudeCode] = "the key was removed";

        await session.SubmitAsync(new SubmitEvents([new UserMessageRequest(["hi"])]));
        await _cluster.IdleAsync();

        var error = _cluster.Single<SessionErrorEvent>().Error;
        Assert.Equal((ErrorCategory.Unknown, "agent_unavailable"), (error.Category, error.Code));
        Assert.Contains("the key was removed", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("The server failed", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, _cluster.Sandboxes.Created);
    }

    [Fact]
    public async Task Lookup_that_fails_is_tried_again()
    {
        await _cluster.Cluster.Client.GetGrain<IAgentGrain>("agent_1").CreateAsync(
            new AgentDefinition("", 0, "Helper", AgentRuntime.Offline, "offline-1"));
        var session = await _cluster.CreateAsync(agent: "agent_1");
        _cluster.FailingLookups.Value = 2;

        (await _cluster.AskAsync(session)).Finish();

        Assert.Equal(TurnOutcome.Completed, (await _cluster.IdleAsync()).Outcome);
        Assert.True(_cluster.FailingLookups.Value < 0);
    }
}
