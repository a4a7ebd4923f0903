using Colloquy.Errors;

namespace Colloquy.Sessions;

[GenerateSerializer, Alias("sessions.not-found")]
public sealed class SessionNotFoundException(string sessionId)
    : ColloquyException("session_not_found", $"Session '{sessionId}' does not exist. GET /v1/sessions lists what does.");

[GenerateSerializer, Alias("sessions.ended")]
public sealed class SessionEndedException(string sessionId)
    : ColloquyException(
        "session_ended",
        $"Session '{sessionId}' has ended: it takes no more events, and its sandbox is gone. Create a new session to go on.");

[GenerateSerializer, Alias("sessions.nothing-to-interrupt")]
public sealed class NothingToInterruptException(string sessionId)
    : ColloquyException(
        "nothing_to_interrupt", $"Session '{sessionId}' is idle: there is no running turn to interrupt.");

[GenerateSerializer, Alias("sessions.idempotency-conflict")]
public sealed class IdempotencyConflictException(string key)
    : ColloquyException(
        "idempotency_conflict",
        $"The idempotency key '{key}' was already used with another request. Use a new key for a new request.");

/// <summary>The request itself is wrong; nothing was changed.</summary>
[GenerateSerializer, Alias("sessions.invalid-input")]
public sealed class InvalidInputException(string field, string message)
    : ColloquyException("invalid_input", $"{field}: {message}")
{
    /// <summary>The path of the offending field, for example <c>events[0].content</c>.</summary>
    [Id(0)]
    public string Field { get; } = field;
}

/// <summary>The session's storage answered late or not at all: whether the change was stored is unknown.</summary>
[GenerateSerializer, Alias("sessions.outcome-unknown")]
public sealed class OutcomeUnknownException(string sessionId, Exception? inner = null)
    : ColloquyException(
        "outcome_unknown",
        $"Session '{sessionId}' could not confirm that the change was stored. Repeat the request with the same " +
        "Idempotency-Key: it is then applied once.", inner);
