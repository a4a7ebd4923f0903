namespace Colloquy.Cli.Demo;

/// <summary>What the streaming checks are for an agent that calls a model.</summary>
internal static class LiveStreamingSuite
{
    /// <summary>One call of a tool that takes a while: between its event and that of its result there is time to look.</summary>
    private static readonly string Slowly = LiveSuite.Run("for i in 1 2 3; do echo step $i; sleep 0.7; done");

    public static readonly IReadOnlyList<Check> Checks =
    [
        new(Suites.Streaming, "live events",
            "A viewer sees each step when it happens, not the whole turn at its end.",
            "the call of a tool, and its result two seconds later, long before the turn ends",
            (run, cancellationToken) => StreamingSuite.LiveAsync(run, Slowly, cancellationToken)),
        new(Suites.Streaming, "drop and resume",
            "Connections break. A viewer that comes back with the last id it saw misses nothing and sees nothing twice.",
            "the viewer that dropped has exactly the events of the one that did not, and of the journal",
            (run, cancellationToken) => StreamingSuite.ResumeAsync(run, Slowly, dropEvery: 2, fewest: 6, cancellationToken)),
        new(Suites.Streaming, "overhead",
            "Storing, streaming and accounting must not slow the agent down.",
            "a turn, compared with the same agent run bare",
            (_, _) => Task.CompletedTask)
        {
            LeftOut = "a model takes a different time for every answer, so there is nothing to compare with; agent_offline shows it",
        },
    ];
}
