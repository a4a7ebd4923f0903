using System.Text;
using Colloquy.Agents;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Agents.Command;
using Colloquy.Grains.Agents.Offline;
using Colloquy.Grains.Costs;
using Colloquy.Grains.Sessions;
using Colloquy.Models;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Sessions;

public sealed class TurnPreparationTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);
    private static readonly AgentDefinition Agent = new("agent_mine", 1, "Mine", AgentRuntime.Command, "m") { Command = ["x"] };
    private static readonly ModelAccessOptions Gateway = new();
    private static readonly ModelAccessOptions Nothing = new() { Missing = "no key" };
    private static readonly ModelAccessOptions Direct = new() { Direct = new ModelAccess(true, null, "key", false) };

    [Fact]
    public void Only_what_goes_through_the_gateway_is_counted_there()
    {
        Assert.Equal(UsageSource.Gateway, Of(new CommandRuntime(), Gateway).UsageSource);
        Assert.Equal(UsageSource.Output, Of(new CommandRuntime(), Direct).UsageSource);
        Assert.Equal(UsageSource.Output, Of(new CommandRuntime(), Nothing).UsageSource);
        Assert.Equal(UsageSource.Output, Of(new OfflineRuntime(), Gateway).UsageSource);
    }

    [Fact]
    public void Agent_may_say_that_its_own_counts_are_booked() => Assert.Equal(
        UsageSource.Output,
        Of(new CommandRuntime(), Gateway, Agent with { UsageSource = UsageSource.Output }).UsageSource);

    [Fact]
    public void Agent_that_gets_the_key_is_said_to_have_it()
    {
        Assert.Contains("provider's key", Of(new CommandRuntime(), Direct).Notice, StringComparison.Ordinal);
        Assert.Null(Of(new CommandRuntime(), Gateway).Notice);
        Assert.Null(Of(new OfflineRuntime(), Direct).Notice);
    }

    [Fact]
    public void Command_without_a_model_is_planned_without_credentials()
    {
        var turn = new RunningTurn(
            new TurnId("turn_1"), new EventId("sevt_1"), 1, 2, 1, Now, Now, TraceIds.ForTurn(new TurnId("turn_1"), null));

        Assert.DoesNotContain("ANTHROPIC", Text(Of(new CommandRuntime(), Nothing)), StringComparison.Ordinal);
        Assert.Contains("ANTHROPIC_API_KEY='cqt_", Text(Of(new CommandRuntime(), Gateway)), StringComparison.Ordinal);

        string Text(TurnPreparation preparation)
        {
            var plan = preparation.Plan(new SessionId("sesn_1"), turn, "hi", default);
            var files = plan.Files.Select(file => Encoding.UTF8.GetString(file.Content.Span));
            return string.Join('\n', [.. plan.Run.Arguments, .. files]);
        }
    }

    [Fact]
    public void Notice_stands_beside_others_and_is_said_once()
    {
        var change = Change();
        SessionMachine.Submit(change, [new UserMessageRequest(["hi"])], "key", null);
        var turn = change.State.Turn!.Id;
        change.State = change.State with { Turn = change.State.Turn with { Notice = "Files are lost." } };

        SessionMachine.Launch(change, turn, Now, notice: "It has the key.");
        SessionMachine.Launch(change, turn, Now, notice: "It has the key.");
        SessionMachine.FinishTurn(change, turn, new TurnEnd(TurnOutcome.Completed));

        var idle = Assert.IsType<StatusIdle>(EventJson.Read(change.Events[^1]));
        Assert.Equal("Files are lost. It has the key.", idle.Notice);
    }

    [Fact]
    public void What_the_agent_had_counted_is_kept_until_it_is_known_better()
    {
        var change = Change();
        var counted = new UsageBaseline("a", "2.1.277", new Dictionary<string, UsageCounts> { ["m"] = new(1, 2, 3, 4, 5, 6) });
        Run(new TurnEnd(TurnOutcome.Completed) { AgentUsage = counted }, "1");
        Run(new TurnEnd(TurnOutcome.Failed), "2");

        var read = SessionStateJson.Read(SessionStateJson.ToRow(change.State, "silo")).AgentUsage!;

        Assert.Equal(("a", "2.1.277", counted.Models["m"]), (read.AgentSession, read.CliVersion, read.Models["m"]));

        void Run(TurnEnd end, string key)
        {
            SessionMachine.Submit(change, [new UserMessageRequest(["hi"])], key, null);
            SessionMachine.FinishTurn(change, change.State.Turn!.Id, end);
        }
    }

    private static SessionChange Change() => new(
        SessionMachine.Create(
            new SessionId("sesn_1"), new CreateSession(), new AgentSummary(Agent.Id, 1, Agent.Name, Agent.Model), "hash", Now),
        Now,
        PriceBook.BuiltIn);

    private static TurnPreparation Of(
        IAgentRuntime runtime, ModelAccessOptions models, AgentDefinition? agent = null) =>
        new(agent ?? Agent, runtime, new ModelAccessIssuer(models, new TurnTokens(new byte[32])));
}
