using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>Sends a file, or the range of it that is asked for.</summary>
internal static class FileDownload
{
    private const int ChunkSize = 64 * 1024;
    private static readonly FileExtensionContentTypeProvider Types = new();

    internal static async Task SendAsync(HttpContext http, FileStream file)
    {
        var response = http.Response;
        response.ContentType = Types.TryGetContentType(http.Request.Query["path"].ToString(), out var type)
            ? type
            : "application/octet-stream";
        response.Headers.ContentDisposition = "inline";
        response.Headers.AcceptRanges = "bytes";

        // The sandbox may write meanwhile; what is sent is what was there now.
        var length = file.Length;
        if (RangeOf(http, length) is not { } range)
        {
            response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            response.Headers.ContentRange = new ContentRangeHeaderValue(length).ToString();
            return;
        }

        if (range.Length != length)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange =
                new ContentRangeHeaderValue(range.Start, range.Start + range.Length - 1, length).ToString();
        }

        response.ContentLength = range.Length;
        await CopyAsync(file, range.Start, range.Length, http);
    }

    /// <returns>Null if the range lies behind the end.</returns>
    private static (long Start, long Length)? RangeOf(HttpContext http, long length)
    {
        var wanted = http.Request.GetTypedHeaders().Range;
        if (wanted is not { Ranges.Count: 1 } || wanted.Unit != "bytes") return (0, length);
        var (from, to) = (wanted.Ranges.Single().From, wanted.Ranges.Single().To);
        if (from is null && (to is not > 0 || length == 0)) return null;
        if (from is null) return (Math.Max(0, length - to!.Value), Math.Min(to.Value, length));
        return from < length ? (from.Value, Math.Min(to ?? length - 1, length - 1) - from.Value + 1) : null;
    }

    private static async Task CopyAsync(FileStream file, long start, long length, HttpContext http)
    {
        file.Position = start;
        while (length > 0)
        {
            var room = http.Response.BodyWriter.GetMemory(ChunkSize);
            var read = await file.ReadAsync(room[..(int)Math.Min(room.Length, length)], http.RequestAborted);
            // Truncated meanwhile: the promised length cannot be kept, and the caller must not take it for whole.
            if (read == 0) throw new EndOfStreamException("The file became shorter while it was sent.");
            http.Response.BodyWriter.Advance(read);
            length -= read;
            await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
        }
    }
}
