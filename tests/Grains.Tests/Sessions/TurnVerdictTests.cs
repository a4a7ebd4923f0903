using Colloquy.Errors;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Sandboxes;
using Colloquy.Grains.Sessions;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Sessions;

public sealed class TurnVerdictTests
{
    private static readonly AgentResult Success = new(false, "success", "done", "completed", null, null);

    [Fact]
    public void Clean_exit_with_a_good_result_is_completed() =>
        Assert.Equal(TurnOutcome.Completed, TurnVerdict.Judge(Facts(exit: 0, result: Success)).Outcome);

    [Fact]
    public void Agent_that_had_finished_before_the_interrupt_reached_it_is_completed() => Assert.Equal(
        TurnOutcome.Completed,
        TurnVerdict.Judge(Facts(exit: 0, result: Success, stop: StopCause.Interrupted)).Outcome);

    [Fact]
    public void Interrupted_agent_is_no_error()
    {
        var end = TurnVerdict.Judge(Facts(exit: 143, stop: StopCause.Interrupted));

        Assert.Equal(TurnOutcome.Interrupted, end.Outcome);
        Assert.Null(end.Error);
    }

    [Fact]
    public void Deadline_is_a_timeout_whatever_the_process_did() => AssertError(
        Facts(exit: 143, stop: StopCause.TimedOut), ErrorCategory.Timeout, "turn_timeout", ApiErrorType.Unknown);

    [Theory]
    [InlineData(429, ApiErrorType.ModelRateLimited)]
    [InlineData(529, ApiErrorType.ModelOverloaded)]
    [InlineData(401, ApiErrorType.ModelRequestFailed)]
    public void Refused_model_call_is_an_api_error(int status, string type) => AssertError(
        Facts(exit: 1, result: Success with { IsError = true, ApiStatus = status, ApiErrorType = "some_error" }),
        ErrorCategory.ApiError, "some_error", type);

    [Theory]
    [InlineData(400, "invalid_request_error", "new session", ApiErrorType.ModelRequestFailed)]
    [InlineData(401, "authentication_error", "ANTHROPIC_API_KEY", ApiErrorType.ModelRequestFailed)]
    [InlineData(403, "permission_error", "may not", ApiErrorType.ModelRequestFailed)]
    [InlineData(404, "not_found_error", "model's id", ApiErrorType.ModelRequestFailed)]
    [InlineData(413, "request_too_large", "too large", ApiErrorType.ModelRequestFailed)]
    [InlineData(429, "rate_limit_error", "rate limit", ApiErrorType.ModelRateLimited)]
    [InlineData(500, "api_error", "provider failed", ApiErrorType.ModelRequestFailed)]
    [InlineData(529, "overloaded_error", "overloaded", ApiErrorType.ModelOverloaded)]
    public void Refused_model_call_says_what_the_provider_said_and_what_to_do(
        int status, string type, string advice, string apiType)
    {
        var error = TurnVerdict.Judge(Facts(
            exit: 1, result: Success with { IsError = true, ApiStatus = status, ApiErrorType = type, TerminalReason = "api_error", Text = "API Error" },
            failed: new FailedCall(type, "the provider's own words", status, "req_1"))).Error!;

        Assert.Equal((ErrorCategory.ApiError, type, apiType, "req_1"), (error.Category, error.Code, error.Type, error.RequestId));
        Assert.Contains($"{status}", error.Message, StringComparison.Ordinal);
        Assert.Contains("the provider's own words", error.Message, StringComparison.Ordinal);
        Assert.Contains(advice, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("connection_failed", "API Error: Connection refused", "connection_failed", "ANTHROPIC_BASE_URL")]
    [InlineData(null, "Request timed out.", "api_error", "Send the message again")]
    [InlineData(null, "Not logged in · Please run /login", "api_error", "ANTHROPIC_API_KEY")]
    public void Model_call_without_an_answer_is_an_api_error(string? apiError, string text, string code, string advice)
    {
        var error = TurnVerdict.Judge(Facts(
            exit: 1, result: Success with { IsError = true, Text = text, ApiError = apiError, TerminalReason = "api_error" })).Error!;

        Assert.Equal((ErrorCategory.ApiError, code, ApiErrorType.ModelRequestFailed), (error.Category, error.Code, error.Type));
        Assert.Contains(advice, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Agent_that_breaks_off_after_a_refused_call_failed_for_that() => AssertError(
        Facts(exit: 1, toolFailed: true, failed: new FailedCall("rate_limit_error", "slow down", 429, null)),
        ErrorCategory.ApiError, "rate_limit_error", ApiErrorType.ModelRateLimited);

    [Fact]
    public void Request_id_of_another_failure_is_not_shown() => Assert.Null(TurnVerdict.Judge(Facts(
        exit: 1, result: Success with { IsError = true, ApiStatus = 401, ApiErrorType = "authentication_error" },
        failed: new FailedCall("overloaded_error", "Overloaded", 529, "req_other"))).Error!.RequestId);

    [Theory]
    [InlineData("max_turns", "error_max_turns", "agent_max_turns")]
    [InlineData(null, "error_max_turns", "agent_max_turns")]
    [InlineData("budget_exhausted", "error_max_budget_usd", "agent_max_budget")]
    [InlineData("prompt_too_long", "success", "agent_prompt_too_long")]
    [InlineData("hook_stopped", "success", "agent_error")]
    public void Limit_of_the_agent_has_a_code_of_its_own(string? reason, string subtype, string code) => AssertError(
        Facts(exit: 1, result: Success with { IsError = true, Subtype = subtype, TerminalReason = reason }),
        ErrorCategory.Unknown, code, ApiErrorType.Unknown);

    [Fact]
    public void Exit_code_after_a_failed_tool_is_a_tool_error() => AssertError(
        Facts(exit: 3, toolFailed: true), ErrorCategory.ToolError, "agent_exit", ApiErrorType.Unknown);

    [Fact]
    public void Exit_code_out_of_the_blue_is_unknown() => AssertError(
        Facts(exit: 3), ErrorCategory.Unknown, "agent_exit", ApiErrorType.Unknown);

    [Fact]
    public void Exit_0_without_a_result_is_not_taken_for_success() => AssertError(
        Facts(exit: 0), ErrorCategory.Unknown, "no_result", ApiErrorType.Unknown);

    [Fact]
    public void Agent_that_vanished_is_a_sandbox_error() => AssertError(
        Facts(), ErrorCategory.SandboxError, "agent_lost", ApiErrorType.Unknown);

    [Theory]
    [InlineData(SandboxFailure.Gone, "sandbox_gone")]
    [InlineData(SandboxFailure.Unavailable, "sandbox_unavailable")]
    [InlineData(SandboxFailure.LimitReached, "sandbox_limit")]
    [InlineData(SandboxFailure.Refused, "sandbox_refused")]
    public void Failure_of_the_sandbox_is_a_sandbox_error(SandboxFailure failure, string code) => AssertError(
        Facts(failure: new SandboxException(failure, "why")), ErrorCategory.SandboxError, code, ApiErrorType.Unknown);

    [Fact]
    public void Failure_of_our_own_code_is_unknown_and_says_where_to_look() => AssertError(
        Facts(failure: new InvalidOperationException("oops")), ErrorCategory.Unknown, "internal_error", ApiErrorType.Unknown);

    [Fact]
    public void Long_prompt_is_shortened_in_the_report() => Assert.True(
        TurnVerdict.Judge(Facts(prompt: new string('x', 100_000))).Error!.Prompt!.Length < 3000);

    private static void AssertError(TurnFacts facts, string category, string code, string type)
    {
        var end = TurnVerdict.Judge(facts);

        Assert.Equal(TurnOutcome.Failed, end.Outcome);
        Assert.Equal((category, code, type), (end.Error!.Category, end.Error.Code, end.Error.Type));
        Assert.NotEmpty(end.Error.Message);
    }

    private static TurnFacts Facts(
        int? exit = null, AgentResult? result = null, StopCause stop = StopCause.None, Exception? failure = null,
        bool toolFailed = false, string prompt = "hi", FailedCall? failed = null)
    {
        var message = new EventId("sevt_1");
        var turn = new RunningTurn(
            TurnId.For(message), message, 1, 2, 1, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddMinutes(10),
            new TraceReference("trace", "span"));
        return new TurnFacts(
            turn, stop, exit is { } code ? new LauncherExit(code, "stderr") : null, result, failure, toolFailed, prompt,
            "sbx", "stdout", "", TimeSpan.FromSeconds(1), 0, failed);
    }
}
