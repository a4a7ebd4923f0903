using Microsoft.AspNetCore.Http;

namespace Colloquy.Web.ModelGateway;

/// <summary>Reads what an agent sends whole, before anything is done with it.</summary>
internal static class RequestBody
{
    /// <summary>The provider's own limit.</summary>
    public const int MostMessages = 32 * 1024 * 1024;

    /// <summary>An export of traces has some hundred kilobytes.</summary>
    public const int MostTraces = 4 * 1024 * 1024;

    /// <summary>
    /// How much of a body that is too large is still read (and dropped): a client that is cut off while it sends sees a
    /// broken connection instead of the answer, and tries again.
    /// </summary>
    private const int DrainLimit = 2 * MostMessages;

    private const int FirstBuffer = 64 * 1024;

    /// <returns>Null if it is larger than the limit.</returns>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request, int limit)
    {
        var stop = request.HttpContext.RequestAborted;
        if (request.ContentLength > limit)
        {
            await DropAsync(request);
            return null;
        }

        // Grows with what arrives, not with what is announced: announcing costs nothing.
        var most = (int)(request.ContentLength ?? limit) + 1;
        var body = new byte[Math.Min(most, FirstBuffer)];
        var length = 0;
        while (await request.Body.ReadAsync(body.AsMemory(length), stop) is > 0 and var read)
        {
            length += read;
            if (length > limit)
            {
                await DropAsync(request);
                return null;
            }

            if (length == body.Length)
            {
                Array.Resize(ref body, Math.Min(2 * length, most));
            }
        }

        return body.AsMemory(0, length);
    }

    /// <summary>Reads it away.</summary>
    public static async Task DropAsync(HttpRequest request)
    {
        var buffer = new byte[FirstBuffer];
        for (var dropped = 0; dropped < DrainLimit;)
        {
            var read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted);
            dropped = read == 0 ? DrainLimit : dropped + read;
        }
    }
}
