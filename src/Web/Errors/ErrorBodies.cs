using System.Text.Json.Serialization;

namespace Colloquy.Web.Errors;

/// <summary>An error in the shape that the Anthropic SDKs read.</summary>
/// <param name="RequestId">The same as in the <c>request-id</c> header and in the server's log.</param>
internal sealed record SdkError(SdkErrorDetail Error, string RequestId)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "error";
}

/// <param name="Type">The kind of error, for SDKs.</param>
/// <param name="Message">What happened, why, and what to do.</param>
/// <param name="Code">A stable word for programs.</param>
/// <param name="Category">timeout, api_error, tool_error, sandbox_error or unknown.</param>
/// <param name="Field">The path of the offending field, if there is one.</param>
internal sealed record SdkErrorDetail(
    string Type,
    string Message,
    string Code,
    string Category,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Field);

/// <summary>An error in the shape of RFC 9457.</summary>
internal sealed record Problem(
    string Title,
    int Status,
    string Detail,
    string Code,
    string Category,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Field,
    string RequestId)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "about:blank";
}
