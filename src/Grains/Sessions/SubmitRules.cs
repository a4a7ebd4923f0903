using System.Globalization;
using Colloquy.Sessions;
using static Colloquy.Grains.InputRules;

namespace Colloquy.Grains.Sessions;

/// <summary>What a request must satisfy before anything is stored. Pure.</summary>
internal static class SubmitRules
{
    /// <exception cref="InvalidInputException">Names the first field that is wrong.</exception>
    public static void Check(CreateSession request)
    {
        Require(
            request.Title is null || request.Title.Length <= SessionLimits.MaxTitleLength, "title",
            $"must have at most {SessionLimits.MaxTitleLength} characters.");
        CheckTimeout(request.TurnTimeout, "turn_timeout_seconds");
        CheckMetadata(request.Metadata);
    }

    /// <inheritdoc cref="Check(CreateSession)"/>
    public static void Check(SubmitEvents request)
    {
        Require(
            request.Events.Count is > 0 and <= SessionLimits.MaxEventsPerSubmit, "events",
            $"must hold 1 to {SessionLimits.MaxEventsPerSubmit} events.");
        for (var index = 0; index < request.Events.Count; index++)
        {
            if (request.Events[index] is UserMessageRequest message)
            {
                CheckMessage(message, string.Create(CultureInfo.InvariantCulture, $"events[{index}]"));
            }
        }
    }

    /// <inheritdoc cref="Check(CreateSession)"/>
    public static void CheckQueue(SessionState state, SubmitEvents request) => Require(
        state.Queue.Count + request.Events.OfType<UserMessageRequest>().Count() <= SessionLimits.MaxQueuedMessages,
        "events",
        $"{state.Queue.Count} messages already wait in this session and at most {SessionLimits.MaxQueuedMessages} " +
        "may. Send more when some have been answered.");

    /// <inheritdoc cref="Check(CreateSession)"/>
    public static void Check(EventQuery query) => Require(
        query.Limit is > 0 and <= SessionLimits.MaxPageSize, "limit", $"must be 1 to {SessionLimits.MaxPageSize}.");

    private static void CheckMessage(UserMessageRequest message, string path)
    {
        Require(
            message.Text.Any(text => !string.IsNullOrWhiteSpace(text)), $"{path}.content",
            "must have at least one text block that is not blank.");
        Require(
            message.Text.Sum(text => (long)text.Length) <= SessionLimits.MaxMessageLength, $"{path}.content",
            $"must have at most {SessionLimits.MaxMessageLength:N0} characters. Put large input into a file.");
        CheckTimeout(message.Timeout, $"{path}.timeout_seconds");
    }
}
