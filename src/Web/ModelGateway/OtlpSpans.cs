using System.Globalization;
using System.Text.Json;
using Colloquy.Models;
using static Colloquy.Web.ModelGateway.AnswerReader;

namespace Colloquy.Web.ModelGateway;

/// <summary>Reads the spans of an OTLP/JSON export. Pure; what is no span, or not of the trace, is counted and left out.</summary>
internal static class OtlpSpans
{
    private const int LongestText = 4096;
    private const int MostAttributes = 128;

    /// <summary>What an exporter sends at once by default; more of one request are left out.</summary>
    public const int MostSpans = 500;

    /// <exception cref="JsonException">It is not JSON.</exception>
    public static (IReadOnlyList<AgentSpan> Spans, int Ignored) Read(ReadOnlyMemory<byte> export, string? traceId)
    {
        using var document = JsonDocument.Parse(export);
        var all = 0;
        var spans = Items(document.RootElement, "resourceSpans")
            .SelectMany(resource => Items(resource, "scopeSpans"))
            .SelectMany(scope => Items(scope, "spans"))
            .Where(span => ++all <= MostSpans && IsOf(traceId, span))
            .Select(ReadSpan)
            .OfType<AgentSpan>()
            .ToList();
        return (spans, all - spans.Count);
    }

    private static bool IsOf(string? traceId, JsonElement span) =>
        traceId is not null && string.Equals(Text(span, "traceId"), traceId, StringComparison.OrdinalIgnoreCase);

    private static AgentSpan? ReadSpan(JsonElement span)
    {
        if (SpanId(span, "spanId") is not { } id || Time(span, "startTimeUnixNano") is not { } started)
        {
            return null;
        }

        var status = Member(span, "status");
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var attribute in Items(span, "attributes").Take(MostAttributes))
        {
            if (Text(attribute, "key") is { } key)
            {
                attributes[key] = Flat(Member(attribute, "value"));
            }
        }

        return new AgentSpan(
            id, SpanId(span, "parentSpanId"), Text(span, "name") ?? "", started, Time(span, "endTimeUnixNano") ?? started,
            attributes, IsError(status) ? Text(status, "message", LongestText) ?? "" : null);
    }

    private static bool IsError(JsonElement status) => Member(status, "code") switch
    {
        { ValueKind: JsonValueKind.Number } code => code.TryGetInt32(out var number) && number == 2,
        var code => Text(code) == "STATUS_CODE_ERROR",
    };

    private static string? SpanId(JsonElement span, string name) =>
        Text(span, name) is { Length: 16 } id && id.All(char.IsAsciiHexDigit) ? id.ToLowerInvariant() : null;

    /// <summary>64-bit numbers are strings in OTLP/JSON; some exporters write them as numbers.</summary>
    private static DateTimeOffset? Time(JsonElement span, string name)
    {
        var value = Member(span, name);
        var text = value.ValueKind is JsonValueKind.Number ? value.GetRawText() : Text(value);
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var nanoseconds)
            ? DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick)
            : null;
    }

    /// <summary>An attribute's value as text: of a plain one the value, of a list or a map its JSON.</summary>
    private static string Flat(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return "";
        }

        var content = value.EnumerateObject().FirstOrDefault().Value;
        var text = content.ValueKind switch
        {
            JsonValueKind.Undefined => "",
            JsonValueKind.String => Text(content, LongestText) ?? "",
            _ => content.GetRawText(),
        };
        return text.Length > LongestText ? text[..LongestText] : text;
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement parent, string name) =>
        Member(parent, name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : default;
}
