using System.IO.Compression;
using System.IO.Pipelines;
using Colloquy.SandboxHost.Linux;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>Sends a file, or the range of it that is asked for.</summary>
internal static class FileDownload
{
    private const int ChunkSize = 64 * 1024;

    internal static async Task SendAsync(HttpContext http, FileStream file, string fullPath)
    {
        var request = http.Request.GetTypedHeaders();
        var response = http.Response;
        var modified = DateTimeOffset.FromUnixTimeSeconds(FileStatus.Of(file.SafeFileHandle)?.Seconds ?? 0);
        var gzip = FileEncoding.UseGzip(http.Request, asIs: FileConditions.AreAbout(request));
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        response.Headers.AcceptRanges = "bytes";
        response.Headers.LastModified = HeaderUtilities.FormatDate(modified);
        if (FileConditions.StatusOf(request, modified) is { } status)
        {
            response.StatusCode = status;
            return;
        }

        response.ContentType = FileContentType.Of(fullPath, file);
        response.Headers.ContentDisposition = Disposition(fullPath);
        // The sandbox may write meanwhile; what is sent is what was there now.
        var length = file.Length;
        if (gzip) await SendCompressedAsync(http, file, length);
        else await SendAsIsAsync(http, file, FileConditions.AllowPart(request, modified) ? request : null, length);
    }

    private static async Task SendCompressedAsync(HttpContext http, FileStream file, long length)
    {
        http.Response.Headers.ContentEncoding = FileEncoding.Gzip;
        await using var gzip = new GZipStream(http.Response.Body, CompressionLevel.Fastest, leaveOpen: true);
        var writer = PipeWriter.Create(gzip, new StreamPipeWriterOptions(leaveOpen: true));
        await CopyAsync(file, 0, length, writer, http.RequestAborted);
    }

    private static async Task SendAsIsAsync(HttpContext http, FileStream file, RequestHeaders? request, long length)
    {
        var response = http.Response;
        if (RangeOf(request, length) is not { } range)
        {
            response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            response.Headers.ContentRange = new ContentRangeHeaderValue(length).ToString();
            return;
        }

        if (range.IsPart)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange =
                new ContentRangeHeaderValue(range.Start, range.Start + range.Length - 1, length).ToString();
        }

        response.ContentLength = range.Length;
        await CopyAsync(file, range.Start, range.Length, response.BodyWriter, http.RequestAborted);
    }

    /// <returns>Null if the range lies behind the end.</returns>
    private static (long Start, long Length, bool IsPart)? RangeOf(RequestHeaders? request, long length)
    {
        if (request?.Range is not { Unit.Value: "bytes", Ranges.Count: 1 } wanted) return (0, length, false);
        var (from, to) = (wanted.Ranges.Single().From, wanted.Ranges.Single().To);
        if (from is null && (to is not > 0 || length == 0)) return null;
        if (from is null) return (Math.Max(0, length - to!.Value), Math.Min(to.Value, length), true);
        return from < length ? (from.Value, Math.Min(to ?? length - 1, length - 1) - from.Value + 1, true) : null;
    }

    private static async Task CopyAsync(
        FileStream file, long start, long length, PipeWriter body, CancellationToken cancellationToken)
    {
        file.Position = start;
        while (length > 0)
        {
            var room = body.GetMemory(ChunkSize);
            var read = await file.ReadAsync(room[..(int)Math.Min(room.Length, length)], cancellationToken);
            // Truncated meanwhile: the promised length cannot be kept, and the caller must not take it for whole.
            if (read == 0) throw new EndOfStreamException("The file became shorter while it was sent.");
            body.Advance(read);
            length -= read;
            await body.FlushAsync(cancellationToken);
        }
    }

    private static string Disposition(string fullPath)
    {
        var disposition = new ContentDispositionHeaderValue("inline");
        disposition.SetHttpFileName(Path.GetFileName(fullPath));
        return disposition.ToString();
    }
}
