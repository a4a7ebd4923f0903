using System.Text.Json;

namespace Colloquy.Cli.Api;

/// <summary>The server answered with an error.</summary>
internal sealed class ApiErrorException(ApiErrorInfo info) : Exception(info.Message)
{
    public ApiErrorInfo Info { get; } = info;
}

/// <param name="Type">For example <c>not_found_error</c>.</param>
/// <param name="Code">A stable word for the cause, for example <c>session_not_found</c>.</param>
/// <param name="Field">Which part of the request is wrong.</param>
internal sealed record ApiErrorInfo(
    int Status, string Type, string Message, string? Code, string? Category, string? Field, string? RequestId)
{
    /// <summary>Reads both shapes of errors: the sessions' routes wrap theirs, ours are problem details.</summary>
    public static ApiErrorInfo Parse(int status, string? content, string? requestId)
    {
        if (TryParse(content) is not { ValueKind: JsonValueKind.Object } json)
        {
            return new ApiErrorInfo(status, "http_error", Shortened(content, status), null, null, null, requestId);
        }

        var error = json.TryGetProperty("error", out var wrapped) && wrapped.ValueKind == JsonValueKind.Object
            ? wrapped
            : json;
        return new ApiErrorInfo(
            status,
            TypeOf(error),
            error.Text("message") ?? error.Text("detail") ?? error.Text("title") ?? $"HTTP status {status}.",
            error.Text("code"),
            error.Text("category"),
            error.Text("field"),
            json.Text("request_id") ?? requestId);
    }

    /// <summary>Problem details without a type of their own say so with <c>about:blank</c>: then the code is the type.</summary>
    private static string TypeOf(JsonElement error) =>
        error.Text("type") is { } type and not "about:blank" ? type : error.Text("code") ?? "http_error";

    private static JsonElement? TryParse(string? content)
    {
        try
        {
            return content is null ? null : JsonElement.Parse(content);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Shortened(string? content, int status) =>
        string.IsNullOrWhiteSpace(content)
            ? $"The server answered with HTTP status {status} and no explanation."
            : $"HTTP status {status}: {(content.Length > 500 ? content[..500] + "…" : content)}";
}

/// <summary>No answer at all: nothing listens there, or the connection broke and did not come back.</summary>
internal sealed class ServerUnreachableException(Uri server, Exception? cause) : Exception(
    $"The server at {server.GetLeftPart(UriPartial.Authority)} cannot be reached: {cause?.Message ?? "no answer"}", cause)
{
    public Uri Server { get; } = server;
}
