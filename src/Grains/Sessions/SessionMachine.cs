using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>
/// The pure core of a session: which change a command makes to its state, and which events that is. A command that
/// is refused throws and leaves the change as it was. Turns are in <c>SessionMachine.Turns.cs</c>, what concerns the
/// sandbox in <c>SessionMachine.Sandbox.cs</c>.
/// </summary>
public static partial class SessionMachine
{
    public static SessionState Create(
        SessionId id, CreateSession request, AgentSummary agent, string createHash, DateTimeOffset now) =>
        new(
            SessionState.CurrentSchema, id, Revision: 0, Head: 0, SessionStatus.Idle, agent, request.EnvironmentId,
            request.Title, request.Metadata, request.TurnTimeout ?? SessionLimits.DefaultTurnTimeout,
            now, now, createHash);

    /// <summary>Takes up what a client sends. A first message starts its turn in the same change.</summary>
    /// <param name="awake">The sandbox is known to have run since its time was last cut.</param>
    /// <exception cref="SessionEndedException"/>
    /// <exception cref="NothingToInterruptException"/>
    public static IReadOnlyList<SessionEvent> Submit(
        SessionChange change, IReadOnlyList<UserEvent> events, string key, string? traceParent, bool awake = false)
    {
        if (change.State.EndedAt is not null)
        {
            throw new SessionEndedException(change.State.Id.Value);
        }

        if (change.State.Turn is null && events.OfType<UserInterruptRequest>().Any())
        {
            throw new NothingToInterruptException(change.State.Id.Value);
        }

        var stored = events
            .Select((sent, index) => Accept(change, sent, SourceKey.Submitted(key, index), traceParent))
            .ToList();
        StartNextTurn(change, awake);
        return stored;
    }

    /// <summary>Ends the session for good. The sandbox lease stays until <see cref="ReleaseSandbox"/>.</summary>
    /// <param name="run">What the provider knows of the sandbox; null if it is known to be running.</param>
    public static void End(SessionChange change, SandboxRun? run = null)
    {
        if (change.State.EndedAt is not null)
        {
            return;
        }

        if (change.State.Turn is { } turn)
        {
            EndTurn(change, turn, new TurnEnd(TurnOutcome.Interrupted));
        }

        var slice = run is { } known
            ? CutSlice(change, known.Until, known.Estimated)
            : CutSlice(change, Earlier(change.Now, change.State.Sandbox?.ExpiresAt));
        change.Emit(SourceKey.SessionEnded(), new StatusTerminated(slice), null);
        BookSlice(change, null, slice);
        change.State = change.State with { Status = SessionStatus.Terminated, EndedAt = change.Now, Queue = [] };
    }

    private static SessionEvent Accept(SessionChange change, UserEvent sent, string sourceKey, string? traceParent)
    {
        if (sent is not UserMessageRequest message)
        {
            var interrupt = change.Emit(sourceKey, new UserInterrupt(), change.State.Turn!.Id);
            change.State = change.State with { Turn = change.State.Turn with { InterruptRequested = true } };
            return interrupt;
        }

        var body = new UserMessage(
            [.. message.Text.Select(text => new ContentBlock(text))], message.Timeout?.TotalSeconds);
        var stored = change.Emit(sourceKey, body, TurnId.For(EventId.From(change.State.Id, sourceKey)));
        change.State = change.State with
        {
            Queue =
            [
                .. change.State.Queue, new QueuedMessage(stored.Id, stored.Sequence, message.Timeout, traceParent),
            ],
        };
        return stored;
    }
}
