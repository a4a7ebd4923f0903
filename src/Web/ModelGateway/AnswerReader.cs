using System.Text.Json;

namespace Colloquy.Web.ModelGateway;

/// <summary>
/// Reads off a provider's answer what is billed and what identifies it. Pure: streamed events and plain bodies go in,
/// in whatever order; each count is the largest that was seen, because those of a stream are cumulative.
/// </summary>
internal sealed class AnswerReader
{
    /// <summary>Names and ids are stored: what a broken provider may send for one is bounded.</summary>
    private const int LongestName = 256;

    private const int LongestMessage = 2000;

    public const string MessageStart = "message_start";
    public const string MessageDelta = "message_delta";
    public const string MessageStop = "message_stop";
    public const string Error = "error";

    /// <summary>The events that <see cref="ReadEvent"/> reads.</summary>
    public static readonly IReadOnlyCollection<string> Wanted = [MessageStart, MessageDelta, Error];

    public AnswerUsage Usage { get; } = new();

    public string? Model { get; private set; }

    public string? MessageId { get; private set; }

    public string? StopReason { get; private set; }

    public string? ErrorType { get; private set; }

    public string? ErrorMessage { get; private set; }

    /// <summary>A message with its usage was there, so the counts mean something.</summary>
    public bool HasMessage { get; private set; }

    /// <param name="name">Null for the type in the data.</param>
    public void ReadEvent(string? name, ReadOnlyMemory<byte> data)
    {
        if (data.IsEmpty || Parse(data) is not { } document)
        {
            return;
        }

        using (document)
        {
            var root = document.RootElement;
            switch (name ?? Text(root, "type"))
            {
                case MessageStart:
                    ReadMessage(Member(root, "message"));
                    break;
                case MessageDelta:
                    StopReason = Text(Member(root, "delta"), "stop_reason") ?? StopReason;
                    Usage.Read(Member(root, "usage"));
                    break;
                case Error:
                    ReadError(root);
                    break;
            }
        }
    }

    /// <summary>A whole body: a message, or an error.</summary>
    public void ReadBody(ReadOnlyMemory<byte> body)
    {
        if (Parse(body) is not { } document)
        {
            return;
        }

        using (document)
        {
            if (Text(document.RootElement, "type") == Error)
            {
                ReadError(document.RootElement);
            }
            else
            {
                ReadMessage(document.RootElement);
            }
        }
    }

    /// <summary>The type in an event's data, for streams that do not name their events.</summary>
    public static string? TypeOf(ReadOnlyMemory<byte> data)
    {
        using var document = data.IsEmpty ? null : Parse(data);
        return document is null ? null : Text(document.RootElement, "type");
    }

    private void ReadMessage(JsonElement message)
    {
        Model = Text(message, "model") ?? Model;
        MessageId = Text(message, "id") ?? MessageId;
        StopReason = Text(message, "stop_reason") ?? StopReason;
        var usage = Member(message, "usage");
        HasMessage |= usage.ValueKind == JsonValueKind.Object;
        Usage.Read(usage);
    }

    private void ReadError(JsonElement root)
    {
        var error = Member(root, "error");
        ErrorType = Text(error, "type") ?? "api_error";
        ErrorMessage = Text(error, "message", LongestMessage) ?? "";
    }

    private static JsonDocument? Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException)
        {
            // Passed on as it is: the agent's client judges it, and the call has no counts.
            return null;
        }
    }

    /// <returns>Undefined if there is none.</returns>
    internal static JsonElement Member(JsonElement parent, string name)
    {
        try
        {
            return parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value)
                ? value
                : default;
        }
        catch (InvalidOperationException)
        {
            return default; // among the names is one with half a character
        }
    }

    internal static string? Text(JsonElement parent, string name, int longest = LongestName) =>
        Text(Member(parent, name), longest);

    /// <returns>Null for what is no text, or not in Unicode.</returns>
    internal static string? Text(JsonElement value, int longest = LongestName)
    {
        try
        {
            var text = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            return text?.Length > longest ? text[..longest] : text;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
