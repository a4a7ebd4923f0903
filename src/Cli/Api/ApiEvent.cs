using System.Text;
using System.Text.Json;
using Colloquy.Sessions;

namespace Colloquy.Cli.Api;

/// <summary>One event of a session as the API shows it.</summary>
/// <param name="Body">Its typed form; null for a type that this version does not know.</param>
internal sealed record ApiEvent(
    long Sequence, string Type, string Id, string? TurnId, DateTimeOffset? CreatedAt, EventBody? Body)
{
    /// <summary>Not stored (yet), so without a place among the events.</summary>
    public bool IsPreview => Body is EventStart or EventDelta;

    /// <exception cref="JsonException">It is not a JSON object with a type and a sequence.</exception>
    public static ApiEvent Parse(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        return Parse(JsonElement.ParseValue(ref reader));
    }

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte})"/>
    public static ApiEvent Parse(JsonElement json)
    {
        var type = json.Text("type") ?? throw new JsonException("An event without a type.");
        return new ApiEvent(
            json.TryGetProperty("sequence", out var sequence) ? sequence.GetInt64() : 0,
            type,
            json.Text("id") ?? "",
            json.Text("turn_id"),
            json.TryGetProperty("created_at", out var created) && created.TryGetDateTimeOffset(out var at) ? at : null,
            ReadBody(type, json.GetRawText()));
    }

    private static EventBody? ReadBody(string type, string raw)
    {
        try
        {
            return EventJson.Read(type, Encoding.UTF8.GetBytes(raw));
        }
        catch (JsonException)
        {
            // A newer server may have changed a body: the event is then shown by its type alone.
            return null;
        }
    }
}
