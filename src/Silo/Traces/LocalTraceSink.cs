using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Colloquy.Grains.Tracing;
using Colloquy.Grains.Uploads;

namespace Colloquy.Silo.Traces;

/// <summary>
/// Keeps traces as files: one per turn, one line of JSON per span, in a folder per UTC day. Sending a turn again
/// replaces its file.
/// </summary>
/// <param name="folder">Created when the first trace is written.</param>
internal sealed class LocalTraceSink(string folder) : ITraceSink
{
    public const string Name = "local";

    private static readonly TraceFileContext Context = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        // The files are read by people and tools, never put into HTML as they are.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 128,
    });

    public string Destination => Name;

    /// <exception cref="IOException">The folder cannot be written now; the message says what to do.</exception>
    public Task SendAsync(IReadOnlyList<TraceSpan> spans, CancellationToken cancellationToken)
    {
        if (spans.Count == 0)
        {
            return Task.CompletedTask;
        }

        var path = PathOf(spans[0]);
        // Flushing to the disk blocks, and the caller's thread is a grain's.
        return Task.Run(() => Write(path, spans), cancellationToken);
    }

    private string PathOf(TraceSpan root)
    {
        var turn = root.Metadata.GetValueOrDefault(SpanMetadata.TurnId, "");
        if (turn.Length == 0 || !turn.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-'))
        {
            throw new TraceSinkException($"The trace {root.TraceId} cannot be stored: '{turn}' is not the name of a turn.");
        }

        var day = root.Start.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return Path.Combine(folder, day, $"{turn}.jsonl");
    }

    private static void Write(string path, IReadOnlyList<TraceSpan> spans)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            // Flushed before it is renamed: whoever sees the final name sees the whole trace, also after a power cut.
            var unfinished = $"{path}.tmp";
            using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                foreach (var span in spans)
                {
                    JsonSerializer.Serialize(file, span, Context.TraceSpan);
                    file.WriteByte((byte)'\n');
                }

                file.Flush(flushToDisk: true);
            }

            File.Move(unfinished, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"The trace cannot be written to {path}: {error.Message} Make the folder writable or free some space; it is tried again.",
                error);
        }
    }
}

[JsonSerializable(typeof(TraceSpan))]
internal sealed partial class TraceFileContext : JsonSerializerContext;
