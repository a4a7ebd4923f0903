namespace Colloquy.Errors;

/// <summary>Why a turn failed, with all that is needed to find out more.</summary>
/// <param name="Type">The API's own error type; always one that the official SDK validates.</param>
/// <param name="Category">One of <see cref="ErrorCategory"/>.</param>
/// <param name="Code">A stable word for the cause, for example <c>agent_exit</c> or <c>turn_timeout</c>.</param>
/// <param name="Prompt">The message that the turn answered, shortened.</param>
/// <param name="Stdout">The end of what the agent said and its tools printed, and of any output that is not its protocol.</param>
/// <param name="Stderr">The end of the agent's standard error.</param>
/// <param name="RequestId">The provider's id of the model call that failed, for its support.</param>
public sealed record TurnError(
    string Type,
    string Message,
    RetryStatus RetryStatus,
    string Category,
    string Code,
    int? ExitCode,
    double ElapsedSeconds,
    string? SandboxId,
    string? Prompt,
    string? Stdout,
    string? Stderr,
    string? TraceId,
    string? TraceUrl,
    string? RequestId = null);

public sealed record RetryStatus(string Type)
{
    public static readonly RetryStatus Terminal = new("terminal");
    public static readonly RetryStatus Exhausted = new("exhausted");
}

/// <summary>The <c>session.error</c> types of the Managed Agents API that this server uses.</summary>
public static class ApiErrorType
{
    public const string ModelRequestFailed = "model_request_failed_error";
    public const string ModelOverloaded = "model_overloaded_error";
    public const string ModelRateLimited = "model_rate_limited_error";
    public const string Unknown = "unknown_error";
}
