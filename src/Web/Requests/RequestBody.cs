using System.Buffers;
using System.Text.Json;
using Colloquy.Sessions;
using Colloquy.Web.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Colloquy.Web.Requests;

/// <summary>Reads JSON bodies up to a limit.</summary>
internal static class RequestBody
{
    public const long Limit = 4 * 1024 * 1024;

    /// <summary>
    /// How much of a body that is too large is still read (and dropped): a client that is cut off while it sends sees
    /// a broken connection instead of the answer.
    /// </summary>
    private const long DrainLimit = 64 * 1024 * 1024;

    private const string Path = "body";

    /// <returns>The document, or null if the body is empty.</returns>
    /// <exception cref="InvalidInputException">It is not JSON.</exception>
    /// <exception cref="RequestTooLargeException">It is longer than <see cref="Limit"/>.</exception>
    public static async Task<JsonDocument?> ReadAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = DrainLimit;
        }

        var reader = context.Request.BodyReader;
        long dropped = 0;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            var tooLarge = dropped + read.Buffer.Length > Limit;
            if (read.IsCompleted)
            {
                var document = tooLarge ? null : Parse(read.Buffer);
                reader.AdvanceTo(read.Buffer.End);
                return tooLarge ? throw TooLarge() : document;
            }

            dropped += tooLarge ? read.Buffer.Length : 0;
            reader.AdvanceTo(tooLarge ? read.Buffer.End : read.Buffer.Start, read.Buffer.End);
        }
    }

    private static RequestTooLargeException TooLarge() => new(
        Path, $"larger than the {Limit / (1024 * 1024)} MiB that a request may have. Send less; nothing was stored.");

    private static JsonDocument? Parse(ReadOnlySequence<byte> json)
    {
        try
        {
            // A copy: the document is read after the buffers have gone to other requests.
            return json.IsEmpty ? null : JsonDocument.Parse(json.ToArray());
        }
        catch (JsonException error)
        {
            throw new InvalidInputException(
                Path, $"not JSON at line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}: {Reason(error)}");
        }
    }

    /// <summary>The parser's message without the position that it appends, which counts from zero.</summary>
    private static string Reason(JsonException error)
    {
        var position = error.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return position < 0 ? error.Message : error.Message[..position];
    }
}
