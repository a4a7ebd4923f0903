using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Colloquy.Grains.Tracing;

/// <summary>A span while its events are being read.</summary>
internal sealed class OpenSpan(string spanId, string type, DateTimeOffset start)
{
    private readonly Dictionary<string, double> _metrics = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    public DateTimeOffset Start { get; } = start;

    public string SpanId => spanId;

    public string? Name { get; set; }

    /// <summary>The span it happened in; null for the turn.</summary>
    public OpenSpan? Parent { get; set; }

    public DateTimeOffset? End { get; set; }

    public JsonElement? Input { get; set; }

    public JsonElement? Output { get; set; }

    public string? Error { get; set; }

    /// <summary>A child's id follows from the event that opened it, so building again gives the same.</summary>
    public static OpenSpan For(string openingEventId, string type, DateTimeOffset start) => new(
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(openingEventId)).AsSpan(0, 8)), type, start);

    public bool IsWithin(OpenSpan other) => ReferenceEquals(this, other) || Parent?.IsWithin(other) == true;

    /// <summary>The only way in for numbers: sinks refuse, or silently lose, what is not finite.</summary>
    public void Measure(string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            _metrics[name] = number;
        }
    }

    public void Note(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            _metadata[name] = value;
        }
    }

    public void Note(string name, IFormattable? value) =>
        Note(name, value?.ToString(null, CultureInfo.InvariantCulture));

    public void Flag(string name, bool isSet) => Note(name, isSet ? "true" : null);

    public TraceSpan Close(string traceId, string? parentSpanId, DateTimeOffset turnEnd)
    {
        Flag(SpanMetadata.Unfinished, End is null);
        var end = End ?? turnEnd;
        // The clock may have been set back between two events; a span must not end before it starts.
        end = end < Start ? Start : end;
        Measure("start", Seconds(Start));
        Measure("end", Seconds(end));
        return new TraceSpan(
            spanId, traceId, parentSpanId, Name ?? type, type, Start, end, Input, Output, _metrics, _metadata, Error);
    }

    private static double Seconds(DateTimeOffset at) =>
        (at - DateTimeOffset.UnixEpoch).Ticks / (double)TimeSpan.TicksPerSecond;
}
