using Colloquy.Sessions;
using Microsoft.Extensions.Logging;

namespace Colloquy.Grains.Sessions;

public sealed partial class SessionGrain
{
    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Turn {Turn} of session {Session} failed ({Category}, {Code}): {Reason}")]
    private partial void LogTurnFailed(SessionId session, TurnId turn, string category, string code, string reason);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Turn {Turn} of session {Session} is let go by this activation: {Reason}")]
    private partial void LogTurnLetGo(SessionId session, TurnId turn, string reason);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Turn {Turn} of session {Session} crashed the server's own code; it ends as failed.")]
    private partial void LogTurnCrashed(SessionId session, TurnId turn, Exception exception);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message =
            "The store did not confirm a change of session {Session}; its activation is dropped and what is " +
            "stored is read again.")]
    private partial void LogJournalBroken(SessionId session, Exception exception);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The sandbox of the ended session {Session} could not be killed; it is tried again.")]
    private partial void LogSandboxNotKilled(SessionId session, Exception exception);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message =
            "The workspace of session {Session} has become too large for a checkpoint: if its sandbox is " +
            "lost, its files are. Raise Sandbox:CheckpointLimitMiB, or let the agent keep large files " +
            "elsewhere.")]
    private partial void LogWorkspaceTooLarge(SessionId session);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message =
            "The sandbox of session {Session} could not be put to rest after a turn, or no checkpoint be " +
            "taken; it is tried again after the next.")]
    private partial void LogNotSettled(SessionId session, Exception exception);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Agent {Agent} of session {Session} could not be looked up, it is tried again: {Reason}")]
    private partial void LogAgentNotRead(SessionId session, string agent, string reason);
}
