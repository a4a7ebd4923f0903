using System.Diagnostics;
using Colloquy.Sessions;
using Microsoft.AspNetCore.Http;

namespace Colloquy.Web.Requests;

/// <summary>The request headers that mean something to this API.</summary>
internal static class RequestHeaders
{
    private const string IdempotencyKeyHeader = "Idempotency-Key";
    private const int LongestIdempotencyKey = 255;

    public static string? IdempotencyKey(this HttpRequest request)
    {
        if (!request.Headers.TryGetValue(IdempotencyKeyHeader, out var values))
        {
            return null;
        }

        var key = values.ToString();
        return values.Count == 1 && key.Length is >= 1 and <= LongestIdempotencyKey && key.All(IsPrintable)
            ? key
            : throw new InvalidInputException(
                IdempotencyKeyHeader, $"must be one value of 1 to {LongestIdempotencyKey} printable ASCII characters.");
    }

    /// <summary>
    /// The parent of what this request causes. The server's own span stands between caller and turn only if it is
    /// recorded: a span that nobody stores would cut the caller's trace in two.
    /// </summary>
    public static string? TraceParent(this HttpRequest request)
    {
        if (Activity.Current is { Recorded: true, IdFormat: ActivityIdFormat.W3C } activity)
        {
            return activity.Id;
        }

        var header = request.Headers.TraceParent.ToString();
        return ActivityContext.TryParse(header, null, out _) ? header : null;
    }

    private static bool IsPrintable(char character) => character is >= ' ' and <= '~';
}
