using System.Globalization;
using Colloquy.Cli.Rendering;
using Colloquy.Sessions;

namespace Colloquy.Cli.Demo;

/// <summary>Events while they happen.</summary>
internal static class StreamingSuite
{
    /// <summary>Long enough for the agent to go on while the viewer is away.</summary>
    private static readonly TimeSpan Away = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan LongestLag = TimeSpan.FromMilliseconds(500);

    public static readonly IReadOnlyList<Check> Checks =
    [
        new(Suites.Streaming, "live events",
            "A viewer sees each step when it happens, not the whole turn at its end.",
            "tool calls and outputs arriving about half a second apart, long before the turn ends", LiveAsync),
        new(Suites.Streaming, "drop and resume",
            "Connections break. A viewer that comes back with the last id it saw misses nothing and sees nothing twice.",
            "the viewer that dropped has exactly the events of the one that did not, and of the journal", ResumeAsync),
        new(Suites.Streaming, "overhead",
            "Storing, streaming and accounting must not slow the agent down.",
            "a turn with an agent that takes one second, compared with the same agent run bare", OverheadCheck.RunAsync),
    ];

    private static Task LiveAsync(CheckRun run, CancellationToken cancellationToken) => LiveAsync(
        run, "Run echo step one. Sleep 0.5. Run echo step two. Sleep 0.5. Run echo step three. Sleep 0.5. Run echo step four.",
        cancellationToken);

    internal static async Task LiveAsync(CheckRun run, string prompt, CancellationToken cancellationToken)
    {
        var session = await run.OpenSessionAsync("demo: live events", cancellationToken);
        var received = new Dictionary<string, DateTimeOffset>();
        var turn = await session.TurnAsync(
            prompt, cancellationToken,
            show: seen =>
            {
                received[seen.Event.Id] = run.Setting.Time.GetUtcNow();
                run.Say(Stamp(seen));
            });
        BasicSuite.RequireCompleted(run, turn);
        var steps = turn.Events.Where(seen => seen.Event.Body is AgentToolUse or AgentToolResult).ToList();
        var early = turn.Elapsed - (steps.Count > 0 ? steps[0].At : turn.Elapsed);
        run.Require("the first step is seen at least a second before the turn ends",
            early >= TimeSpan.FromSeconds(1), $"{TimeText.Seconds(early)} before");
        var gap = steps.Zip(steps.Skip(1), (a, b) => b.At - a.At).Append(TimeSpan.Zero).Max();
        run.Require("steps arrive apart from each other, as they happen",
            gap >= TimeSpan.FromMilliseconds(300), $"up to {TimeText.Seconds(gap)} apart");
        RequireNoLag(run, turn, received);
    }

    /// <summary>Only where both clocks are the same one.</summary>
    private static void RequireNoLag(CheckRun run, DemoTurn turn, Dictionary<string, DateTimeOffset> received)
    {
        if (!run.Setting.Client.Server.IsLoopback)
        {
            return;
        }

        var lag = turn.Events
            .Where(seen => seen.Event.CreatedAt is not null)
            .Select(seen => received[seen.Event.Id] - seen.Event.CreatedAt!.Value)
            .Append(TimeSpan.Zero)
            .Max();
        run.Require($"no event is seen later than {TimeText.Seconds(LongestLag)} after it was stored",
            lag < LongestLag, $"at most {TimeText.Seconds(lag)}");
    }

    private static Task ResumeAsync(CheckRun run, CancellationToken cancellationToken) => ResumeAsync(
        run, "Emit 8 events. Sleep 0.3. Emit 8 events. Sleep 0.3. Emit 8 events.", dropEvery: 5, fewest: 10, cancellationToken);

    /// <param name="fewest">So many events there must be, for the check to mean anything.</param>
    internal static async Task ResumeAsync(
        CheckRun run, string prompt, int dropEvery, int fewest, CancellationToken cancellationToken)
    {
        var session = await run.OpenSessionAsync("demo: resume", cancellationToken);
        var after = session.Seen;
        var viewer = new DroppingViewer(run.Setting.Client, session.Id, dropEvery, Away, run.Setting.Time);
        var dropping = viewer.RunAsync(after, cancellationToken);
        var turn = await session.TurnAsync(prompt, cancellationToken, show: seen => run.Say(Stamp(seen)));
        var dropped = await dropping;
        BasicSuite.RequireCompleted(run, turn);
        var journal = await run.Setting.Client.ListEventsAsync(session.Id, cancellationToken)
            .Where(item => item.Sequence > after && item.Sequence <= turn.Result.Last)
            .Select(item => item.Sequence)
            .ToListAsync(cancellationToken);

        run.Say($"The connections of the viewer that drops showed: {string.Join(" | ", viewer.Connections.Select(Range))}");
        var early = viewer.Drops.Count(at => at < turn.Elapsed);
        run.Require("the viewer dropped more than once while the turn ran",
            early >= 2, $"{viewer.Drops.Count} drops, {early} of them before the end of the turn");
        run.Require($"there were at least {fewest} events to lose", journal.Count >= fewest, $"{journal.Count} events in the journal");
        run.Require("no gap", dropped.Zip(dropped.Skip(1)).All(pair => pair.Second <= pair.First + 1), Range(dropped));
        run.Require("no double", dropped.Distinct().Count() == dropped.Count, $"{dropped.Count} seen, {dropped.Distinct().Count()} different");
        run.Require("exactly the events of the journal", dropped.SequenceEqual(journal), $"{Range(dropped)} against {Range(journal)}");
    }

    private static string Stamp(SeenEvent seen) => string.Create(CultureInfo.InvariantCulture,
        $"  +{seen.At.TotalSeconds:0.000} s  stored {(seen.Event.CreatedAt is { } at ? TimeText.Clock(at) : "?")}  #{seen.Event.Sequence} {seen.Event.Type}{Detail(seen)}");

    private static string Detail(SeenEvent seen) => seen.Event.Body switch
    {
        AgentToolUse use => $": {use.Name} {Printable.OneLine(use.Input.GetRawText(), 60)}",
        AgentToolResult result => $": {Printable.OneLine(string.Join(' ', (result.Content ?? []).Select(block => block.Text)), 60)}",
        AgentMessage message => $": {Printable.OneLine(message.Text, 60)}",
        _ => "",
    };

    private static string Range(IReadOnlyList<long> sequences) => sequences.Count == 0
        ? "none"
        : string.Create(CultureInfo.InvariantCulture, $"{sequences[0]}–{sequences[^1]}");
}
