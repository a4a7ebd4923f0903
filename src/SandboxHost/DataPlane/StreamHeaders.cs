using System.Globalization;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>The headers that shape a stream.</summary>
internal static class StreamHeaders
{
    private const string ContentType = "application/connect+json";
    private const int MostDigits = 10;
    private const long LongestTimer = uint.MaxValue - 1L;
    private const int DefaultKeepAliveSeconds = 90;

    /// <summary>Answers in the type of the stream; refuses others.</summary>
    internal static bool Accept(HttpContext http)
    {
        var type = http.Request.ContentType?.Split(';')[0].Trim();
        if (!string.Equals(type, ContentType, StringComparison.OrdinalIgnoreCase))
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            http.Response.Headers["Accept-Post"] = ContentType;
            return false;
        }

        http.Response.ContentType = ContentType;
        return true;
    }

    /// <summary>How long the stream may last. Null: for ever.</summary>
    /// <exception cref="ConnectException">Not a number of at most ten digits.</exception>
    internal static TimeSpan? Timeout(HttpRequest request)
    {
        string? text = request.Headers["Connect-Timeout-Ms"];
        if (string.IsNullOrEmpty(text)) return null;
        return text.Length <= MostDigits && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ms)
            ? TimeSpan.FromMilliseconds(Math.Min(ms, LongestTimer))
            : throw new ConnectException(
                ConnectException.InvalidArgument, $"protocol error: invalid Connect-Timeout-Ms '{text}'");
    }

    /// <summary>After how much silence the stream says that it is alive.</summary>
    internal static TimeSpan KeepAlive(HttpRequest request) => TimeSpan.FromSeconds(
        int.TryParse(request.Headers["Keepalive-Ping-Interval"], CultureInfo.InvariantCulture, out var seconds)
            && seconds > 0
            ? seconds
            : DefaultKeepAliveSeconds);
}
