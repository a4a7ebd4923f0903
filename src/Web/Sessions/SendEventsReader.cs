using System.Text.Json;
using Colloquy.Sessions;
using Colloquy.Web.Errors;
using Colloquy.Web.Requests;

namespace Colloquy.Web.Sessions;

/// <summary>
/// Reads the body of <c>POST /v1/sessions/{id}/events</c>. What may be sent now is for the session to judge.
/// </summary>
internal static class SendEventsReader
{
    private const int LongestText = 1_000_000;

    /// <param name="document">Null for an empty body.</param>
    /// <exception cref="InvalidInputException">A member is not what it should be.</exception>
    /// <exception cref="RequestTooLargeException">A message is too long.</exception>
    public static IReadOnlyList<UserEvent> Read(JsonDocument? document)
    {
        var body = document is null
            ? throw Missing()
            : new JsonInput(document.RootElement, JsonInput.Root);
        var events = body.Member("events") ?? throw Missing();
        return [.. events.Items().Select(ReadEvent)];
    }

    private static InvalidInputException Missing() => new(
        "events", """is missing. Send {"events":[{"type":"user.message","content":[{"type":"text","text":"..."}]}]}.""");

    private static UserEvent ReadEvent(JsonInput input)
    {
        var type = input.Member("type") ?? throw new InvalidInputException($"{input.Path}.type", $"is missing. {Allowed}");
        return type.Text() switch
        {
            EventTypes.UserMessage => ReadMessage(input),
            EventTypes.UserInterrupt => new UserInterruptRequest(),
            var other => throw type.Wrong($"'{Shorten(other)}' cannot be sent. {Allowed}"),
        };
    }

    private const string Allowed = $"Allowed are '{EventTypes.UserMessage}' and '{EventTypes.UserInterrupt}'.";

    private static UserMessageRequest ReadMessage(JsonInput message)
    {
        var path = $"{message.Path}.content";
        var content = message.Member("content") ?? throw new InvalidInputException(path, "is missing.");
        IReadOnlyList<string> text = content.Kind == JsonValueKind.String
            ? [content.Text()]
            : [.. content.Items().Select(ReadBlock)];
        var length = text.Sum(block => (long)block.Length);
        return length <= LongestText
            ? new UserMessageRequest(text, message.Member("timeout_seconds")?.Seconds())
            : throw new RequestTooLargeException(
                path, $"{length} characters are more than the {LongestText} of one message. Put it into files instead.");
    }

    private static string ReadBlock(JsonInput block)
    {
        var type = block.Member("type")?.Text();
        if (type != "text")
        {
            throw new InvalidInputException(
                $"{block.Path}.type", $"must be 'text', not '{Shorten(type ?? "")}': other content is not supported yet.");
        }

        return block.Member("text")?.Text() ?? throw new InvalidInputException($"{block.Path}.text", "is missing.");
    }

    private static string Shorten(string text) => text.Length <= 64 ? text : text[..64] + "...";
}
