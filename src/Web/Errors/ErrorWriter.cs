using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Colloquy.Web.Errors;

/// <summary>
/// Writes errors in the shape of their route: our own resources answer RFC 9457 problem details, everything else
/// what the official SDK expects.
/// </summary>
internal static class ErrorWriter
{
    private static readonly PathString[] ProblemRoutes = ["/v1/costs", "/v1/uploads", "/v1/sandboxes"];

    public static Task WriteAsync(HttpContext context, ApiError error)
    {
        var response = context.Response;
        response.StatusCode = error.Status;
        response.Headers.CacheControl = "no-store";
        AdviseRetry(response, error.Status);
        return IsOurs(context.Request.Path)
            ? WriteAsync(response, "application/problem+json", ToProblem(context, error))
            : WriteAsync(response, "application/json", ToSdkError(context, error));
    }

    private static bool IsOurs(PathString path) =>
        Array.Exists(ProblemRoutes, route => path.StartsWithSegments(route)) ||
        (path.StartsWithSegments("/v1/sessions", out var rest) && rest.Value!.Split('/') is ["", _, "files", ..]);

    /// <summary>SDKs repeat every 409 and 5xx by themselves; a session that has ended will not come back.</summary>
    private static void AdviseRetry(HttpResponse response, int status)
    {
        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            response.Headers.RetryAfter = "1";
        }
        else
        {
            response.Headers["x-should-retry"] = "false";
        }
    }

    private static Task WriteAsync<T>(HttpResponse response, string contentType, T body) =>
        response.WriteAsJsonAsync(body, ApiJson.Options, contentType);

    private static SdkError ToSdkError(HttpContext context, ApiError error) => new(
        new SdkErrorDetail(error.Type, error.Message, error.Code, error.Category, error.Field),
        context.TraceIdentifier);

    private static Problem ToProblem(HttpContext context, ApiError error) => new(
        ReasonPhrases.GetReasonPhrase(error.Status), error.Status, error.Message,
        error.Code, error.Category, error.Field, context.TraceIdentifier);
}
