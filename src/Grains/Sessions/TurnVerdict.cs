using Colloquy.Errors;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>Everything that is known when a turn has stopped.</summary>
/// <param name="Stop">Who stopped it, if it did not end by itself.</param>
/// <param name="Exit">How the agent's process ended; null if that was never seen.</param>
/// <param name="Failure">What went wrong on our side of the sandbox.</param>
/// <param name="LastToolFailed">Whether the agent's last tool call failed.</param>
/// <param name="Stdout">The end of the agent's output, readable.</param>
/// <param name="FailedCall">Why the last model call failed, by the gateway; null if it did not.</param>
internal sealed record TurnFacts(
    RunningTurn Turn,
    StopCause Stop,
    LauncherExit? Exit,
    AgentResult? Result,
    Exception? Failure,
    bool LastToolFailed,
    string? Prompt,
    string? SandboxId,
    string Stdout,
    string Stderr,
    TimeSpan Elapsed,
    int OutputWarnings,
    FailedCall? FailedCall = null);

internal enum StopCause
{
    None,
    Interrupted,
    TimedOut,
}

/// <summary>Decides how a turn ended and which of the five categories a failure belongs to. Pure.</summary>
internal static class TurnVerdict
{
    private const int MaxPrompt = 2000;

    public static TurnEnd Judge(TurnFacts facts) => facts switch
    {
        // An agent that had finished before the stop reached it has finished.
        { Failure: null, Exit.ExitCode: 0, Result.IsError: false } =>
            new TurnEnd(TurnOutcome.Completed, null, facts.OutputWarnings),
        { Stop: StopCause.Interrupted } => new TurnEnd(TurnOutcome.Interrupted, null, facts.OutputWarnings),
        _ => new TurnEnd(TurnOutcome.Failed, Explain(facts), facts.OutputWarnings)
        {
            SandboxGone = facts.Failure is SandboxException { Failure: SandboxFailure.Gone },
        },
    };

    private static TurnError Explain(TurnFacts facts) => facts switch
    {
        { Stop: StopCause.TimedOut } => Error(
            facts, ErrorCategory.Timeout, "turn_timeout",
            "The turn was stopped because it had not ended by its deadline, after " +
            $"{facts.Elapsed.TotalSeconds:0.#} s. Send a message with a larger timeout_seconds, or create the " +
            "session with a larger turn_timeout_seconds."),
        { Failure: SandboxException failure } => Error(
            facts, ErrorCategory.SandboxError, SandboxCode(failure.Failure), failure.Message),
        { Failure: AgentUnavailableException failure } => Error(
            facts, ErrorCategory.Unknown, "agent_unavailable", failure.Message),
        { Failure: { } failure } => Error(
            facts, ErrorCategory.Unknown, "internal_error",
            $"The server failed while the turn was running: {failure.Message} Its log has the details."),
        { Exit: null } => Error(
            facts, ErrorCategory.SandboxError, "agent_lost",
            "The agent's process vanished with its sandbox before it reported an end. Send the message again."),
        _ when ModelFailure.Of(facts.Result, facts.FailedCall) is { } failure => Error(
            facts, ErrorCategory.ApiError, failure.Code, failure.Message, failure.ApiType) with
        {
            RequestId = failure.RequestId,
        },
        { Result: { IsError: true } result } => ExplainResult(facts, result),
        { Exit.ExitCode: not 0 } => Error(
            facts, AgentCategory(facts), "agent_exit",
            $"The agent's process ended with exit code {facts.Exit.ExitCode}. Its standard error says why."),
        _ => Error(
            facts, ErrorCategory.Unknown, "no_result",
            "The agent's process ended with exit code 0 but without a result line."),
    };

    private static TurnError ExplainResult(TurnFacts facts, AgentResult result)
    {
        return (result.TerminalReason ?? result.Subtype) switch
        {
            "max_turns" or "error_max_turns" => Error(
                facts, ErrorCategory.Unknown, "agent_max_turns",
                "The agent was not done after as many model calls as its definition allows for a turn (max_turns). " +
                "Send another message to let it go on, or raise the limit."),
            "budget_exhausted" or "error_max_budget_usd" => Error(
                facts, ErrorCategory.Unknown, "agent_max_budget",
                "The agent was not done when it had spent what it was allowed to spend on a turn. " +
                "Send another message to let it go on, or raise its budget."),
            "prompt_too_long" => Error(
                facts, ErrorCategory.Unknown, "agent_prompt_too_long",
                "The conversation has become too long for the model. Go on in a new session."),
            var reason => Error(
                facts, AgentCategory(facts), "agent_error",
                $"The agent reported an error ({reason}): {result.Text ?? "no message"}"),
        };
    }

    private static string AgentCategory(TurnFacts facts) =>
        facts.LastToolFailed ? ErrorCategory.ToolError : ErrorCategory.Unknown;

    private static string SandboxCode(SandboxFailure failure) => failure switch
    {
        SandboxFailure.Gone => "sandbox_gone",
        SandboxFailure.LimitReached => "sandbox_limit",
        SandboxFailure.Refused => "sandbox_refused",
        _ => "sandbox_unavailable",
    };

    private static TurnError Error(
        TurnFacts facts, string category, string code, string message, string type = ApiErrorType.Unknown) =>
        new(
            type, message, RetryStatus.Terminal, category, code, facts.Exit?.ExitCode, facts.Elapsed.TotalSeconds,
            facts.SandboxId, Shorten(facts.Prompt), facts.Stdout, facts.Exit?.Stderr ?? facts.Stderr,
            facts.Turn.Trace.TraceId, facts.Turn.Trace.Url);

    private static string? Shorten(string? text) =>
        text is { Length: > MaxPrompt } ? text[..MaxPrompt] + " …" : text;
}
