using System.Text.Json;
using System.Text.Json.Serialization;

namespace Colloquy.Sessions;

/// <summary>Ids are plain strings in JSON.</summary>
public sealed class TurnIdJsonConverter : JsonConverter<TurnId>
{
    public override TurnId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, TurnId value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Value);
}

/// <inheritdoc cref="TurnIdJsonConverter"/>
public sealed class EventIdJsonConverter : JsonConverter<EventId>
{
    public override EventId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, EventId value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Value);
}
