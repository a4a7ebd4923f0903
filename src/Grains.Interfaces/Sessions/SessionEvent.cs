namespace Colloquy.Sessions;

/// <summary>
/// One stored event of a session's journal. <see cref="Data"/> is the JSON object of the event's own fields, exactly
/// as clients get it, so that nothing on the way has to understand a type that a newer server added.
/// </summary>
/// <param name="Sequence">1, 2, 3 ... within the session.</param>
/// <param name="Type">One of <see cref="EventTypes"/>.</param>
/// <param name="TurnId">The turn it belongs to. For a user message: the turn that will answer it.</param>
/// <param name="CreatedAt">When it was appended, UTC, microseconds.</param>
/// <param name="ProcessedAt">Null while a user message waits for its turn; filled on reading.</param>
/// <param name="Data">UTF-8 JSON object without <c>type</c>, <c>id</c> and <c>processed_at</c>.</param>
[GenerateSerializer, Immutable, Alias("sessions.event")]
public sealed record SessionEvent(
    [property: Id(0)] long Sequence,
    [property: Id(1)] EventId Id,
    [property: Id(2)] string Type,
    [property: Id(3)] TurnId? TurnId,
    [property: Id(4)] DateTimeOffset CreatedAt,
    [property: Id(5)] DateTimeOffset? ProcessedAt,
    [property: Id(6)] byte[] Data);
