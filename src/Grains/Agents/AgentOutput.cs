using Colloquy.Costs;
using Colloquy.Sessions;

namespace Colloquy.Grains.Agents;

/// <summary>One session event read off the agent output.</summary>
/// <param name="SourceKey">From <see cref="Colloquy.Sessions.SourceKey"/>: what its id is derived from.</param>
/// <param name="Body">Without prices: those are filled in when the event is booked.</param>
/// <param name="EndOffset">The offset in the agent output after the line it came from: where to read on.</param>
/// <param name="Call">For a finished model call: the tokens to book.</param>
public sealed record AgentOutputEvent(string SourceKey, EventBody Body, long EndOffset, BookedCall? Call = null);

/// <param name="Model">The model that answered.</param>
public sealed record BookedCall(string Model, TokenUsage Tokens);

/// <summary>A model call as the stream in the agent output shows it.</summary>
/// <param name="MessageId">The provider's id of the message.</param>
/// <param name="Tokens">As far as the stream says.</param>
public sealed record ShownCall(string MessageId, string Model, TokenUsage Tokens);

/// <summary>What the agent itself says about its turn: the last <c>result</c> line.</summary>
/// <param name="IsError">The only reliable flag: subtype is "success" for API errors too.</param>
/// <param name="Text">The final answer, or the error's text.</param>
/// <param name="ApiStatus">HTTP status of a failed model call, if that is what failed.</param>
/// <param name="ApiErrorType">The provider's error type, for example <c>overloaded_error</c>.</param>
/// <param name="ApiError">What else kept a call from succeeding, for example <c>connection_failed</c>.</param>
public sealed record AgentResult(
    bool IsError, string Subtype, string? Text, string? TerminalReason, int? ApiStatus, string? ApiErrorType,
    string? ApiError = null);

/// <summary>The launcher's last line: the agent's process has ended.</summary>
/// <param name="ExitCode">128 + n if signal n ended it.</param>
/// <param name="Stderr">The end of its standard error.</param>
public sealed record LauncherExit(int ExitCode, string Stderr);
