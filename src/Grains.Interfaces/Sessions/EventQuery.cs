namespace Colloquy.Sessions;

/// <summary>Which part of a session's journal to read. Pages are cut by sequence, so they stay stable.</summary>
/// <param name="After">Only events beyond this sequence in reading order; null starts at the first one.</param>
/// <param name="Limit">1 to 1000.</param>
/// <param name="Descending">Newest first.</param>
/// <param name="Types">Only these types; null for all.</param>
[GenerateSerializer, Immutable, Alias("sessions.event-query")]
public sealed record EventQuery(
    [property: Id(0)] long? After = null,
    [property: Id(1)] int Limit = 100,
    [property: Id(2)] bool Descending = false,
    [property: Id(3)] IReadOnlyList<string>? Types = null)
{
    /// <summary>A page ends after the event that takes it beyond this size, so that a page fits into memory.</summary>
    public const int MaxPageBytes = 4 * 1024 * 1024;
}

/// <param name="Next">The cursor of the following page, or null at the end.</param>
[GenerateSerializer, Immutable, Alias("sessions.event-page")]
public sealed record EventPage(
    [property: Id(0)] IReadOnlyList<SessionEvent> Events,
    [property: Id(1)] long? Next);
