using Colloquy.Errors;

namespace Colloquy.Web.Errors;

/// <summary>An error as clients see it, before it takes one of the two shapes.</summary>
/// <param name="Type">An error type that the official SDK knows.</param>
/// <param name="Code">A stable word for programs.</param>
/// <param name="Field">The path of the offending field, if there is one.</param>
internal sealed record ApiError(int Status, string Type, string Code, string Message, string? Field = null)
{
    public string Category { get; init; } = ErrorCategory.ApiError;
}

internal static class ApiErrorTypes
{
    public const string InvalidRequest = "invalid_request_error";
    public const string NotFound = "not_found_error";
    public const string Permission = "permission_error";
    public const string TooLarge = "request_too_large";
    public const string Overloaded = "overloaded_error";
    public const string Api = "api_error";
}
