using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Colloquy.Grains.Agents;

/// <summary>Tolerant access to lines that other programs write: what is missing or of another kind reads as null.</summary>
internal static class JsonLine
{
    /// <summary>Keeps sums far from overflow whatever a line claims.</summary>
    private const long MostTokens = 1_000_000_000_000;

    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out JsonDocument? document)
    {
        document = null;
        try
        {
            var reader = new Utf8JsonReader(MakeReadable(bytes));
            document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind == JsonValueKind.Object && !reader.Read())
            {
                return true;
            }
        }
        catch (JsonException)
        {
        }

        document?.Dispose();
        document = null;
        return false;
    }

    public static JsonElement? Object(this JsonElement parent, string name) => Member(parent, name, JsonValueKind.Object);

    public static JsonElement? Array(this JsonElement parent, string name) => Member(parent, name, JsonValueKind.Array);

    public static string? Text(this JsonElement parent, string name) =>
        Member(parent, name, JsonValueKind.String)?.GetString();

    public static bool IsTrue(this JsonElement parent, string name) => Member(parent, name, JsonValueKind.True) is not null;

    public static int? Integer(this JsonElement parent, string name) =>
        Member(parent, name, JsonValueKind.Number) is { } number && number.TryGetInt32(out var value) ? value : null;

    public static long Tokens(this JsonElement parent, string name) =>
        Member(parent, name, JsonValueKind.Number) is { } number && number.TryGetInt64(out var value)
            ? Math.Clamp(value, 0, MostTokens)
            : 0;

    private static JsonElement? Member(JsonElement parent, string name, JsonValueKind kind) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == kind
            ? value
            : null;

    /// <summary>
    /// Tools print any bytes, and some writers cut strings between surrogates. The parser accepts such strings and
    /// throws when they are read; replacing what is broken keeps the rest of the line.
    /// </summary>
    private static ReadOnlySpan<byte> MakeReadable(ReadOnlySpan<byte> bytes)
    {
        if (!Utf8.IsValid(bytes))
        {
            bytes = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes));
        }

        return bytes.IndexOf(@"\ud"u8) < 0 && bytes.IndexOf(@"\uD"u8) < 0 ? bytes : ReplaceLoneSurrogates(bytes);
    }

    private static byte[] ReplaceLoneSurrogates(ReadOnlySpan<byte> bytes)
    {
        const int Escape = 6;
        var result = bytes.ToArray();
        for (var i = 0; i < bytes.Length - 1; i++)
        {
            if (bytes[i] != (byte)'\\')
            {
                continue;
            }

            var unit = CodeUnit(bytes[i..]);
            if (char.IsHighSurrogate(unit) && char.IsLowSurrogate(CodeUnit(bytes[(i + Escape)..])))
            {
                i += (2 * Escape) - 1;
            }
            else if (char.IsSurrogate(unit))
            {
                @"\ufffd"u8.CopyTo(result.AsSpan(i));
                i += Escape - 1;
            }
            else
            {
                i++;
            }
        }

        return result;
    }

    private static char CodeUnit(ReadOnlySpan<byte> escape) =>
        escape.Length >= 6 && escape.StartsWith(@"\u"u8) &&
        ushort.TryParse(escape[2..6], System.Globalization.NumberStyles.AllowHexSpecifier, null, out var unit)
            ? (char)unit
            : '\0';
}
