namespace Colloquy.Sessions;

/// <summary>Something a client sends to a session.</summary>
[GenerateSerializer, Immutable, Alias("sessions.user-event")]
public abstract record UserEvent;

/// <param name="Text">The text blocks of the message, in order; at least one is not blank.</param>
/// <param name="Timeout">Overrides the session's timeout for this turn.</param>
[GenerateSerializer, Immutable, Alias("sessions.user-event.message")]
public sealed record UserMessageRequest(
    [property: Id(0)] IReadOnlyList<string> Text,
    [property: Id(1)] TimeSpan? Timeout = null) : UserEvent;

/// <summary>Stops the running turn. It is processed at once, before queued messages.</summary>
[GenerateSerializer, Immutable, Alias("sessions.user-event.interrupt")]
public sealed record UserInterruptRequest : UserEvent;

/// <param name="IdempotencyKey">The same key with the same events is accepted once; a random key is made without one.</param>
/// <param name="TraceParent">W3C <c>traceparent</c> of the caller, which becomes the parent of the turn's trace.</param>
[GenerateSerializer, Immutable, Alias("sessions.submit")]
public sealed record SubmitEvents(
    [property: Id(0)] IReadOnlyList<UserEvent> Events,
    [property: Id(1)] string? IdempotencyKey = null,
    [property: Id(2)] string? TraceParent = null);
