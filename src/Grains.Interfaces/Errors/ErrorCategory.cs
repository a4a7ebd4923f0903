namespace Colloquy.Errors;

/// <summary>The five kinds of failure, used alike on events, problem details, spans, metrics and pages.</summary>
public static class ErrorCategory
{
    public const string Timeout = "timeout";
    public const string ApiError = "api_error";
    public const string ToolError = "tool_error";
    public const string SandboxError = "sandbox_error";
    public const string Unknown = "unknown";

    public static readonly IReadOnlyList<string> All = [Timeout, ApiError, ToolError, SandboxError, Unknown];
}
