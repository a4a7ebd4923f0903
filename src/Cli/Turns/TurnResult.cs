using Colloquy.Costs;
using Colloquy.Errors;
using Colloquy.Sessions;

namespace Colloquy.Cli.Turns;

/// <summary>What came out of one turn.</summary>
/// <param name="Answer">The agent's last words: what it said after its last tool call.</param>
/// <param name="Error">Why it failed; null if it did not.</param>
/// <param name="Last">The last sequence that was seen: the place to follow the next turn from.</param>
internal sealed record TurnResult(string SessionId, string Answer, TurnError? Error, StatusIdle Idle, long Last)
{
    public string TurnId => Idle.TurnId.Value;

    public string Outcome => Idle.Outcome;

    public CostTotals Cost => Idle.Cost ?? CostTotals.Zero;

    public bool Completed => Outcome == TurnOutcome.Completed;

    public int ExitCode => (Outcome, Error?.Category) switch
    {
        (TurnOutcome.Completed, _) => ExitCodes.Success,
        (TurnOutcome.Interrupted, _) => ExitCodes.Interrupted,
        (_, ErrorCategory.Timeout) => ExitCodes.Timeout,
        _ => ExitCodes.Failed,
    };
}
