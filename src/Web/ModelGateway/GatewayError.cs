using System.Globalization;
using System.Text.Json;
using Colloquy.Models;
using Microsoft.AspNetCore.Http;

namespace Colloquy.Web.ModelGateway;

/// <summary>An error of the gateway itself, in the shape of the provider's.</summary>
/// <param name="IsFinal">Agents are told not to try again.</param>
/// <param name="RetryAfterSeconds">When they may try again, if that is known.</param>
internal sealed record GatewayError(
    int Status, string Type, string Message, bool IsFinal = false, int? RetryAfterSeconds = null)
{
    public const string ShouldRetry = "x-should-retry";

    public static readonly GatewayError BadToken = new(
        StatusCodes.Status401Unauthorized, "authentication_error",
        "The model gateway does not know this token. It takes the token of a running turn, as x-api-key or as " +
        "Authorization: Bearer.",
        IsFinal: true);

    public static readonly GatewayError TurnOver = new(
        StatusCodes.Status401Unauthorized, "authentication_error",
        "The turn of this token has ended, and with it its access to the model.",
        IsFinal: true);

    public static readonly GatewayError TooMany = new(
        StatusCodes.Status429TooManyRequests, "rate_limit_error",
        $"The model gateway serves {SessionPlaces.Most} requests of a session at once. Try again when one has ended.",
        RetryAfterSeconds: 1);

    public static readonly GatewayError JournalDown = new(
        StatusCodes.Status503ServiceUnavailable, "api_error",
        "The model gateway could not store that this call begins, and so did not forward it. Try again.");

    public static readonly GatewayError Unreachable = new(
        StatusCodes.Status502BadGateway, "api_error", "The model gateway could not reach the provider. Try again.");

    public static GatewayError TooManyCalls(TooManyModelCallsException error) =>
        new(StatusCodes.Status429TooManyRequests, "rate_limit_error", error.Message, error.IsFinal);

    public static GatewayError TooLarge(int limit) => new(
        StatusCodes.Status413PayloadTooLarge, "request_too_large",
        $"Request too large: the model gateway takes up to {limit / (1024 * 1024)} MiB.", IsFinal: true);

    public static GatewayError NoModel(string missing) =>
        new(StatusCodes.Status403Forbidden, "permission_error", missing, IsFinal: true);

    public static GatewayError NotFound(string method, string path) => new(
        StatusCodes.Status404NotFound, "not_found_error",
        $"The model gateway has no {method} {path}. It serves /v1/messages, /v1/messages/count_tokens, /v1/models and " +
        "/v1/traces.");

    public static GatewayError Invalid(string message) =>
        new(StatusCodes.Status400BadRequest, "invalid_request_error", message);

    public async Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = Status;
        response.ContentType = "application/json";
        response.Headers["request-id"] = context.TraceIdentifier;
        if (IsFinal)
        {
            response.Headers[ShouldRetry] = "false";
        }

        if (RetryAfterSeconds is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("type", "error");
            json.WriteStartObject("error");
            json.WriteString("type", Type);
            json.WriteString("message", Message);
            json.WriteEndObject();
            json.WriteString("request_id", context.TraceIdentifier);
            json.WriteEndObject();
        }

        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length), context.RequestAborted);
    }
}
