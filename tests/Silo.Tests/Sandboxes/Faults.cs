using Microsoft.AspNetCore.Http;

namespace Colloquy.Silo.Sandboxes;

internal static class Faults
{
    public static Fault None { get; } = (context, forward) => RelayAsync(context, forward, long.MaxValue);

    /// <summary>The request is carried out, and nobody hears of it.</summary>
    public static Fault LoseAnswer { get; } = async (context, forward) =>
    {
        using var response = await forward();
        context.Abort();
    };

    /// <summary>Each byte of the answer by itself.</summary>
    public static Fault Slowly { get; } = (context, forward) => RelayAsync(context, forward, long.MaxValue, pieceLength: 1);

    /// <summary>The request does not reach the server.</summary>
    public static Fault Answer(int status, string? retryAfter = null) => (context, _) =>
    {
        context.Response.StatusCode = status;
        context.Response.Headers.RetryAfter = retryAfter;
        return context.Response.WriteAsync("<html>from a server on the way</html>");
    };

    /// <summary>Breaks the connection after so many bytes of the answer's body.</summary>
    public static Fault CutAfter(long bytes) => async (context, forward) =>
    {
        await RelayAsync(context, forward, bytes);
        context.Abort();
    };

    /// <summary>After so many bytes nothing more comes, and the connection stays.</summary>
    public static Fault SilentAfter(long bytes) => async (context, forward) =>
    {
        await RelayAsync(context, forward, bytes);
        await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
    };

    private static async Task RelayAsync(
        HttpContext context, Func<Task<HttpResponseMessage>> forward, long bytes, int pieceLength = 16 * 1024)
    {
        using var response = await forward();
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers).Where(h => h.Key != "Transfer-Encoding"))
        {
            context.Response.Headers[name] = values.ToArray();
        }

        await using var body = await response.Content.ReadAsStreamAsync(context.RequestAborted);
        var piece = new byte[pieceLength];
        for (int read; bytes > 0 && (read = await body.ReadAsync(piece.AsMemory(0, (int)Math.Min(piece.Length, bytes)), context.RequestAborted)) > 0;)
        {
            await context.Response.Body.WriteAsync(piece.AsMemory(0, read), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            bytes -= read;
        }
    }
}
