using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Colloquy.Costs;

namespace Colloquy.Sessions;

/// <summary>Writes and reads event bodies. Unknown types read as null: whoever folds events skips them.</summary>
public static class EventJson
{
    private static readonly EventJsonContext Context = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // Journal data goes into JSON responses and SSE frames only, never into HTML: keep it readable and short.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new TurnIdJsonConverter(), new EventIdJsonConverter(), new UtcJsonConverter(), new SecondsJsonConverter() },
    });

    private static readonly Dictionary<string, JsonTypeInfo> Types = new(StringComparer.Ordinal)
    {
        [EventTypes.UserMessage] = Context.UserMessage,
        [EventTypes.UserInterrupt] = Context.UserInterrupt,
        [EventTypes.AgentMessage] = Context.AgentMessage,
        [EventTypes.AgentThinking] = Context.AgentThinking,
        [EventTypes.AgentToolUse] = Context.AgentToolUse,
        [EventTypes.AgentToolResult] = Context.AgentToolResult,
        [EventTypes.ModelRequestStart] = Context.ModelRequestStart,
        [EventTypes.ModelRequestEnd] = Context.ModelRequestEnd,
        [EventTypes.UsageMismatch] = Context.UsageMismatch,
        [EventTypes.AgentSpans] = Context.AgentSpans,
        [EventTypes.SandboxTime] = Context.SandboxTime,
        [EventTypes.StatusRunning] = Context.StatusRunning,
        [EventTypes.StatusIdle] = Context.StatusIdle,
        [EventTypes.StatusTerminated] = Context.StatusTerminated,
        [EventTypes.SessionError] = Context.SessionErrorEvent,
        [EventTypes.EventStart] = Context.EventStart,
        [EventTypes.EventDelta] = Context.EventDelta,
    };

    public static byte[] Write(EventBody body) => JsonSerializer.SerializeToUtf8Bytes(body, Types[body.Type]);

    /// <returns>The typed body, or null if this version does not know the type.</returns>
    /// <exception cref="JsonException">The data is not what the type says.</exception>
    public static EventBody? Read(string type, ReadOnlySpan<byte> data) =>
        Types.TryGetValue(type, out var info) ? (EventBody?)JsonSerializer.Deserialize(data, info) : null;

    public static EventBody? Read(SessionEvent stored) => Read(stored.Type, stored.Data);
}

[JsonSerializable(typeof(UserMessage))]
[JsonSerializable(typeof(UserInterrupt))]
[JsonSerializable(typeof(AgentMessage))]
[JsonSerializable(typeof(AgentThinking))]
[JsonSerializable(typeof(AgentToolUse))]
[JsonSerializable(typeof(AgentToolResult))]
[JsonSerializable(typeof(ModelRequestStart))]
[JsonSerializable(typeof(ModelRequestEnd))]
[JsonSerializable(typeof(UsageMismatch))]
[JsonSerializable(typeof(AgentSpans))]
[JsonSerializable(typeof(SandboxTime))]
[JsonSerializable(typeof(StatusRunning))]
[JsonSerializable(typeof(StatusIdle))]
[JsonSerializable(typeof(StatusTerminated))]
[JsonSerializable(typeof(SessionErrorEvent))]
[JsonSerializable(typeof(EventStart))]
[JsonSerializable(typeof(EventDelta))]
internal sealed partial class EventJsonContext : JsonSerializerContext;
