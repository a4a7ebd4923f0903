using System.Net;
using System.Text.Json;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Silo.Sandboxes.E2B;

/// <summary>A request that failed, before it is put into the words of the port. It holds no header, so no secret.</summary>
internal sealed class E2BHttpException : Exception
{
    private const int LongestMessage = 1000;

    private E2BHttpException(string message, HttpStatusCode? status, TimeSpan? retryAfter, Exception? inner)
        : base(message, inner)
    {
        Status = status;
        RetryAfter = retryAfter;
    }

    /// <summary>Null if there was no answer: whether the request had its effect is unknown.</summary>
    public HttpStatusCode? Status { get; }

    public TimeSpan? RetryAfter { get; }

    /// <summary>
    /// Of 429 only a rate limit names a time and is worth waiting for; the limit of concurrent sandboxes is not.
    /// </summary>
    public bool IsTransient => Status switch
    {
        null or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout or HttpStatusCode.BadGateway => true,
        HttpStatusCode.TooManyRequests => RetryAfter is not null,
        _ => false,
    };

    public static E2BHttpException NoAnswer(Exception cause) =>
        new($"no answer: {cause.Message}", status: null, retryAfter: null, cause);

    public static E2BHttpException Unreadable(HttpStatusCode status, Exception cause) =>
        new($"HTTP {(int)status} with a body that is not what E2B's API promises: {cause.Message}", status, null, cause);

    public static async Task<E2BHttpException> FromAsync(HttpResponseMessage response)
    {
        var body = await ReadBodyAsync(response.Content);
        var message = $"HTTP {(int)response.StatusCode}: {body}";
        return new E2BHttpException(message, response.StatusCode, response.Headers.RetryAfter?.Delta, inner: null);
    }

    /// <param name="notFound">What a 404 means for this call.</param>
    public SandboxException ToSandboxException(string what, SandboxFailure notFound)
    {
        var (failure, advice) = Status switch
        {
            HttpStatusCode.Unauthorized => (SandboxFailure.Refused, " Check Sandbox:ApiKey (E2B_API_KEY)."),
            HttpStatusCode.NotFound => (notFound, ""),
            HttpStatusCode.TooManyRequests => (SandboxFailure.LimitReached, ""),
            HttpStatusCode.InsufficientStorage => (SandboxFailure.Refused, " The sandbox's disk is full."),
            HttpStatusCode.Conflict => (SandboxFailure.Unavailable, ""),
            >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError => (SandboxFailure.Refused, ""),
            _ => (SandboxFailure.Unavailable, ""),
        };
        return new SandboxException(failure, $"{what} failed: {Message}{advice}", this);
    }

    /// <summary>Servers on the way answer with whatever they like: an error page is a message too.</summary>
    private static async Task<string> ReadBodyAsync(HttpContent content)
    {
        try
        {
            var text = await content.ReadAsStringAsync();
            return Shorten(MessageIn(text) ?? text);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or InvalidOperationException)
        {
            return "(the answer broke off)";
        }
    }

    private static string? MessageIn(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, E2BJson.Default.E2BError)?.Message;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Shorten(string text) => text.Length <= LongestMessage ? text : text[..LongestMessage] + "…";
}
