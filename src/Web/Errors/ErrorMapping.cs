using Colloquy.Definitions;
using Colloquy.Errors;
using Colloquy.Sandboxes;
using Colloquy.Sessions;
using Microsoft.AspNetCore.Http;

namespace Colloquy.Web.Errors;

/// <summary>Says which answer an exception becomes.</summary>
internal static class ErrorMapping
{
    public static ApiError From(Exception error) => error switch
    {
        SessionNotFoundException e => From(e, StatusCodes.Status404NotFound, ApiErrorTypes.NotFound),
        DefinitionNotFoundException e => From(e, StatusCodes.Status404NotFound, ApiErrorTypes.NotFound),
        VersionConflictException e => From(e, StatusCodes.Status409Conflict, ApiErrorTypes.InvalidRequest),
        DefinitionArchivedException e => From(e, StatusCodes.Status409Conflict, ApiErrorTypes.InvalidRequest),
        BuiltInDefinitionException e => From(e, StatusCodes.Status400BadRequest, ApiErrorTypes.InvalidRequest),
        DefinitionNotConfirmedException e => From(e, StatusCodes.Status503ServiceUnavailable, ApiErrorTypes.Overloaded),
        FileNotThereException e => From(e, StatusCodes.Status404NotFound, ApiErrorTypes.NotFound),
        SessionEndedException e => From(e, StatusCodes.Status409Conflict, ApiErrorTypes.InvalidRequest),
        NothingToInterruptException e => From(e, StatusCodes.Status409Conflict, ApiErrorTypes.InvalidRequest),
        IdempotencyConflictException e =>
            From(e, StatusCodes.Status422UnprocessableEntity, ApiErrorTypes.InvalidRequest),
        InvalidInputException e =>
            From(e, StatusCodes.Status400BadRequest, ApiErrorTypes.InvalidRequest) with { Field = e.Field },
        RequestTooLargeException e =>
            From(e, StatusCodes.Status413PayloadTooLarge, ApiErrorTypes.TooLarge) with { Field = e.Field },
        OutcomeUnknownException e => From(e, StatusCodes.Status503ServiceUnavailable, ApiErrorTypes.Overloaded),
        SandboxUnavailableException e =>
            From(e, StatusCodes.Status503ServiceUnavailable, ApiErrorTypes.Overloaded) with
            {
                Category = ErrorCategory.SandboxError,
            },
        BadHttpRequestException e => From(e),
        TimeoutException or OrleansMessageRejectionException => Unavailable,
        OrleansException when error.GetType() == typeof(OrleansException) => Unavailable,
        _ => Internal,
    };

    /// <summary>For answers that routing gave without a body.</summary>
    public static ApiError? FromStatus(HttpRequest request, int status) => status switch
    {
        StatusCodes.Status404NotFound => new ApiError(
            status, ApiErrorTypes.NotFound, "route_not_found",
            $"There is nothing at {request.Path}. GET /openapi/v1.json lists the routes."),
        StatusCodes.Status405MethodNotAllowed => new ApiError(
            status, ApiErrorTypes.InvalidRequest, "method_not_allowed",
            $"{request.Path} does not take {request.Method}; the Allow header says what it takes."),
        StatusCodes.Status403Forbidden => new ApiError(
            status, ApiErrorTypes.Permission, "cross_origin",
            $"A page from {request.Headers.Origin} may not call this server: it has no accounts, and any page that " +
            "you open could."),
        _ => null,
    };

    private static readonly ApiError Unavailable = new(
        StatusCodes.Status503ServiceUnavailable, ApiErrorTypes.Overloaded, "unavailable",
        "The server that holds this session or total did not answer in time, so whether a change was stored is " +
        "unknown. Repeat the request; with the same Idempotency-Key a change is applied once.");

    private static readonly ApiError Internal = new(
        StatusCodes.Status500InternalServerError, ApiErrorTypes.Api, "internal_error",
        "The server failed in a way it did not expect. Its log has the details under this request id.")
    {
        Category = ErrorCategory.Unknown,
    };

    private static ApiError From(ColloquyException error, int status, string type) =>
        new(status, type, error.Code, error.Message);

    private static ApiError From(BadHttpRequestException error) =>
        error.StatusCode == StatusCodes.Status413PayloadTooLarge
            ? new ApiError(
                error.StatusCode, ApiErrorTypes.TooLarge, "request_too_large",
                "body: far larger than the server accepts. Nothing was stored.", "body")
            : new ApiError(error.StatusCode, ApiErrorTypes.InvalidRequest, "malformed_request", error.Message);
}
