using System.Globalization;
using Colloquy.Cli.Rendering;
using Colloquy.Sessions;

namespace Colloquy.Cli.Demo;

/// <summary>What a turn takes beyond the agent itself. The best of a few runs counts: the rest is the machine's noise.</summary>
internal static class OverheadCheck
{
    private const int Runs = 3;
    private const double MostRatio = 1.10;
    private const string Prompt = "Sleep 1";
    private static readonly TimeSpan MostAround = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(CheckRun run, CancellationToken cancellationToken)
    {
        var session = await run.OpenSessionAsync("demo: overhead", cancellationToken);
        run.Say("A first turn, which also makes the sandbox:");
        await session.TurnAsync("What is 1+1?", cancellationToken);
        var turns = new List<DemoTurn>();
        for (var i = 0; i < Runs; i++)
        {
            var turn = await session.TurnAsync(Prompt, cancellationToken);
            run.Say($"  from sending the message to the end of the turn: {Milliseconds(turn.Elapsed)}");
            turns.Add(turn);
        }

        run.Require("the turns complete", turns.TrueForAll(turn => turn.Result.Completed),
            string.Join(", ", turns.Select(turn => turn.Result.Outcome)));
        if (run.Setting.Local?.Services is { } services)
        {
            await AgainstBareAgentAsync(run, turns, services, cancellationToken);
        }
        else
        {
            AgainstOwnReport(run, turns);
        }
    }

    private static async Task AgainstBareAgentAsync(
        CheckRun run, List<DemoTurn> turns, IServiceProvider services, CancellationToken cancellationToken)
    {
        var bare = new List<TimeSpan>();
        await using var sandbox = await BareSandbox.CreateAsync(services, run.Setting.Agent, cancellationToken);
        for (var i = 0; i < Runs; i++)
        {
            bare.Add(await sandbox.RunAsync(Prompt, i, run.Setting.Time, cancellationToken));
            run.Say($"  the same agent command run bare in a sandbox of the same kind: {Milliseconds(bare[i])}");
        }

        var (turn, agent) = (turns.Min(item => item.Elapsed), bare.Min());
        var ratio = turn / agent;
        run.Require(string.Create(CultureInfo.InvariantCulture, $"a turn takes at most {MostRatio:0.00} times the bare agent"),
            ratio <= MostRatio,
            string.Create(CultureInfo.InvariantCulture,
                $"{Milliseconds(turn)} against {Milliseconds(agent)}: {ratio:0.000} times, {Milliseconds(turn - agent)} more"));
    }

    /// <summary>The sandboxes of another process are out of reach, so its own events have to serve.</summary>
    private static void AgainstOwnReport(CheckRun run, List<DemoTurn> turns)
    {
        run.Say("The server runs elsewhere: compared with the time that the turn's own events report for the agent's tool");
        run.Say("calls. What remains contains the agent's own start.");
        var around = turns.Min(turn => turn.Elapsed - ToolTime(turn));
        run.Require($"less than {TimeText.Seconds(MostAround)} around the agent's work",
            around < MostAround, $"{Milliseconds(around)} at best");
    }

    private static TimeSpan ToolTime(DemoTurn turn)
    {
        var steps = turn.Events
            .Where(seen => seen.Event.Body is AgentToolUse or AgentToolResult && seen.Event.CreatedAt is not null)
            .Select(seen => seen.Event.CreatedAt!.Value)
            .ToList();
        return steps.Count > 0 ? steps.Max() - steps.Min() : TimeSpan.Zero;
    }

    private static string Milliseconds(TimeSpan span) =>
        string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:#,0.0} ms");
}
