using System.Net;
using System.Text.Json;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Silo.Sandboxes.E2B;

/// <summary>A request that failed, before it is put into the words of the port. It holds no header, so no secret.</summary>
internal sealed class E2BHttpException : Exception
{
    private const int LongestMessage = 1000;
    private const int LongestBody = 64 * 1024;

    /// <summary>What went wrong is known by then: an error's text is not worth a long wait.</summary>
    private static readonly TimeSpan LongestWaitForText = TimeSpan.FromSeconds(5);

    private readonly bool _isTransition;

    private E2BHttpException(
        string message,
        Exception? inner,
        HttpStatusCode? status = null,
        string? code = null,
        TimeSpan? retryAfter = null,
        bool isTransition = false)
        : base(message, inner)
    {
        Status = status;
        Code = code;
        RetryAfter = retryAfter;
        _isTransition = isTransition;
    }

    /// <summary>Null if there was no answer: whether the request had its effect is unknown.</summary>
    public HttpStatusCode? Status { get; }

    /// <summary>What the body says: a word from Connect servers, the HTTP status from others.</summary>
    public string? Code { get; }

    public TimeSpan? RetryAfter { get; }

    public bool IsNotFound => Status == HttpStatusCode.NotFound;

    public bool IsConflict => Status == HttpStatusCode.Conflict;

    /// <summary>
    /// Of 429 only a rate limit names a time and is worth waiting for; the limit of concurrent sandboxes is not.
    /// </summary>
    public bool IsTransient => Status switch
    {
        null or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout or HttpStatusCode.BadGateway => true,
        HttpStatusCode.TooManyRequests => RetryAfter is not null,
        _ => _isTransition,
    };

    public static E2BHttpException NoAnswer(Exception cause) =>
        new($"no answer: {(cause is OperationCanceledException ? "nothing came in time" : cause.Message)}", cause);

    /// <summary>An answer whose body cannot be read: it broke off, or it is something else.</summary>
    public static E2BHttpException FromBody(HttpStatusCode status, Exception cause) =>
        cause is HttpRequestException or IOException or OperationCanceledException
            ? NoAnswer(cause)
            : new($"HTTP {(int)status} with a body that is not what E2B's API promises: {cause.Message}", cause, status);

    public static async Task<E2BHttpException> FromAsync(HttpResponseMessage response, TimeProvider time)
    {
        var text = await ReadBodyAsync(response.Content);
        var error = ErrorIn(text);
        return new E2BHttpException(
            $"HTTP {(int)response.StatusCode}: {Shorten(error?.Message ?? text)}",
            inner: null,
            response.StatusCode,
            ConnectErrors.CodeOf(error),
            RetryAfterOf(response, time));
    }

    /// <summary>The same, where the sandbox is known to be changing its state: soon the answer is another.</summary>
    public E2BHttpException InTransition() => new(Message, this, Status, Code, RetryAfter, isTransition: true);

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

    /// <summary>A date is read by the clock of who wrote it, if that is told.</summary>
    private static TimeSpan? RetryAfterOf(HttpResponseMessage response, TimeProvider time) =>
        response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } when date - (response.Headers.Date ?? time.GetUtcNow()) is var wait =>
                wait > TimeSpan.Zero ? wait : TimeSpan.Zero,
            _ => null,
        };

    /// <summary>Servers on the way answer with whatever they like: an error page is a message too.</summary>
    private static async Task<string> ReadBodyAsync(HttpContent content)
    {
        using var late = new CancellationTokenSource(LongestWaitForText);
        try
        {
            await content.LoadIntoBufferAsync(LongestBody, late.Token);
            return await content.ReadAsStringAsync(late.Token);
        }
        catch (Exception exception) when (
            exception is HttpRequestException or IOException or InvalidOperationException or OperationCanceledException)
        {
            return "(the answer broke off)";
        }
    }

    private static E2BError? ErrorIn(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, E2BJson.Default.E2BError);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Shorten(string text) => text.Length <= LongestMessage ? text : text[..LongestMessage] + "…";
}
