using System.Net;
using Colloquy.SandboxHost.Http;

namespace Colloquy.SandboxHost.ControlPlane;

/// <summary>The <c>metadata</c> parameter of list: pairs that a sandbox must all have.</summary>
internal static class MetadataFilter
{
    /// <param name="value">As the query has it after HTTP's own decoding: two of three layers are left.</param>
    /// <exception cref="ApiException">400: a pair without exactly one equals sign.</exception>
    internal static IReadOnlyList<KeyValuePair<string, string>> Parse(string? value)
    {
        if (string.IsNullOrEmpty(value)) return [];
        return [.. WebUtility.UrlDecode(value).Split('&').Select(ParsePair)];
    }

    internal static bool Matches(
        this IReadOnlyList<KeyValuePair<string, string>> filter, IReadOnlyDictionary<string, string> metadata) =>
        filter.All(pair => metadata.TryGetValue(pair.Key, out var value) && value == pair.Value);

    private static KeyValuePair<string, string> ParsePair(string pair) => pair.Split('=') is [var key, var value]
        ? KeyValuePair.Create(WebUtility.UrlDecode(key), WebUtility.UrlDecode(value))
        : throw new ApiException(400, $"invalid metadata filter: '{pair}' is not key=value");
}
