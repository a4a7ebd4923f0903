using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Colloquy.Sessions;

namespace Colloquy.Web.Sessions;

/// <summary>
/// Writes events as one line of JSON each: the members that every event has around the stored ones, whose bytes are
/// copied and never read.
/// </summary>
internal static class EventWriter
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    public static void Write(IBufferWriter<byte> output, SessionEvent stored)
    {
        output.Write("{\"type\":\""u8);
        output.Write(JsonEncodedText.Encode(stored.Type).EncodedUtf8Bytes);
        if (stored.Sequence == 0)
        {
            // A preview has its own members only: it is no event yet.
            output.Write("\""u8);
            WriteMembers(output, stored.Data);
            output.Write("}"u8);
            return;
        }

        output.Write("\",\"id\":\""u8);
        output.Write(JsonEncodedText.Encode(stored.Id.Value).EncodedUtf8Bytes);
        output.Write("\",\"processed_at\":"u8);
        WriteTime(output, stored.ProcessedAt);
        WriteMembers(output, stored.Data);
        output.Write(",\"sequence\":"u8);
        WriteNumber(output, stored.Sequence);
        output.Write(",\"created_at\":"u8);
        WriteTime(output, stored.CreatedAt);
        if (stored.TurnId is { } turn && !HasTurnId(stored.Data))
        {
            output.Write(",\"turn_id\":\""u8);
            output.Write(JsonEncodedText.Encode(turn.Value).EncodedUtf8Bytes);
            output.Write("\""u8);
        }

        output.Write("}"u8);
    }

    public static void WriteNumber(IBufferWriter<byte> output, long number)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(number, digits, out var length);
        output.Write(digits[..length]);
    }

    public static void WriteText(IBufferWriter<byte> output, string text) => Encoding.UTF8.GetBytes(text, output);

    private static void WriteTime(IBufferWriter<byte> output, DateTimeOffset? time)
    {
        if (time is not { } moment)
        {
            output.Write("null"u8);
            return;
        }

        Span<byte> formatted = stackalloc byte[32];
        moment.UtcDateTime.TryFormat(formatted, out var length, TimeFormat, CultureInfo.InvariantCulture);
        output.Write("\""u8);
        output.Write(formatted[..length]);
        output.Write("\""u8);
    }

    private static void WriteMembers(IBufferWriter<byte> output, ReadOnlySpan<byte> data)
    {
        var members = data.Trim(" \t\r\n"u8)[1..^1].Trim(" \t\r\n"u8);
        if (members.IsEmpty)
        {
            return;
        }

        output.Write(","u8);
        while (!members.IsEmpty)
        {
            var target = output.GetSpan(1);
            var count = Math.Min(target.Length, members.Length);
            members[..count].CopyTo(target);

            // Raw line ends are mere white space in JSON, but in an SSE frame they would end the line.
            target[..count].Replace((byte)'\n', (byte)' ');
            target[..count].Replace((byte)'\r', (byte)' ');
            output.Advance(count);
            members = members[count..];
        }
    }

    /// <summary>Some types carry the turn among their own members; a second one would make the object ambiguous.</summary>
    private static bool HasTurnId(ReadOnlySpan<byte> data)
    {
        if (data.IndexOf("\"turn_id\""u8) < 0)
        {
            return false;
        }

        var reader = new Utf8JsonReader(data);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("turn_id"u8))
                {
                    return true;
                }

                reader.Skip();
            }
        }

        return false;
    }
}
