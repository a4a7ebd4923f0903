using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>The stored form of <see cref="SessionState"/> in a session row.</summary>
public static class SessionStateJson
{
    private static readonly SessionStateJsonContext Context = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // What can be computed is not stored.
        IgnoreReadOnlyProperties = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new SessionIdConverter(), new TurnIdJsonConverter(), new EventIdJsonConverter() },
    });

    public static SessionRow ToRow(SessionState state, string owner) => new(
        state.Id, state.Revision, state.Head, state.Status, state.Agent.Id, state.Unsettled, owner,
        state.CreatedAt, state.UpdatedAt, JsonSerializer.SerializeToUtf8Bytes(state, Context.SessionState));

    /// <exception cref="InvalidDataException">A newer server wrote it, or it is damaged.</exception>
    public static SessionState Read(SessionRow row)
    {
        var state = JsonSerializer.Deserialize(row.State, Context.SessionState)
            ?? throw new InvalidDataException($"The stored state of session '{row.Id}' is empty.");
        return state.SchemaVersion <= SessionState.CurrentSchema
            ? state
            : throw new InvalidDataException(
                $"Session '{row.Id}' was written by a newer version (schema {state.SchemaVersion}; this one reads up " +
                $"to {SessionState.CurrentSchema}). Run the newer version.");
    }

    private sealed class SessionIdConverter : JsonConverter<SessionId>
    {
        public override SessionId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(reader.GetString() ?? "");

        public override void Write(Utf8JsonWriter writer, SessionId value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Value);
    }
}

[JsonSerializable(typeof(SessionState))]
internal sealed partial class SessionStateJsonContext : JsonSerializerContext;
