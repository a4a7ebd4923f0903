using Colloquy.Costs;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>
/// The pure core of a session: which change a command makes to its state, and which events that is. A command that
/// is refused throws and leaves the change as it was. Turns are in <c>SessionMachine.Turns.cs</c>.
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
    /// <exception cref="SessionEndedException"/>
    /// <exception cref="NothingToInterruptException"/>
    public static IReadOnlyList<SessionEvent> Submit(
        SessionChange change, IReadOnlyList<UserEvent> events, string key, string? traceParent)
    {
        if (change.State.EndedAt is not null)
        {
            throw new SessionEndedException(change.State.Id.Value);
        }

        if (change.State.Turn is null && events.OfType<UserInterruptRequest>().Any())
        {
            throw new NothingToInterruptException(change.State.Id.Value);
        }

        var stored = events.Select((sent, index) => Accept(change, sent, SourceKey.Submitted(key, index), traceParent)).ToList();
        StartNextTurn(change);
        return stored;
    }

    /// <summary>Ends the session for good. The sandbox lease stays until <see cref="ReleaseSandbox"/>.</summary>
    public static void End(SessionChange change)
    {
        if (change.State.EndedAt is not null)
        {
            return;
        }

        if (change.State.Turn is { } turn)
        {
            EndTurn(change, turn, new TurnEnd(TurnOutcome.Interrupted));
        }

        var slice = CutSlice(change);
        change.Emit(SourceKey.SessionEnded(), new StatusTerminated(slice), null);
        BookSlice(change, null, slice);
        change.State = change.State with { Status = SessionStatus.Terminated, EndedAt = change.Now, Queue = [] };
    }

    /// <summary>The intent to have a sandbox; nothing has been asked for yet.</summary>
    public static SandboxLease LeaseSandbox(SessionChange change)
    {
        // Derived, so that a repeated turn asks for the same lease and the provider can recognise it.
        var lease = new SandboxLease($"{change.State.Id}-{change.State.Turns}-{change.State.Revision}");
        change.State = change.State with { Sandbox = lease };
        return lease;
    }

    public static void OpenSandbox(
        SessionChange change, string sandboxId, string kind, int vcpus, int memoryMiB, DateTimeOffset expiresAt)
    {
        // The session may have ended, and killed what the lease holds, while the answer was on its way.
        if (change.State.Sandbox is not { } lease)
        {
            return;
        }

        change.State = change.State with
        {
            Sandbox = lease with
            {
                SandboxId = sandboxId,
                Kind = kind,
                VCpus = vcpus,
                MemoryMiB = memoryMiB,
                SliceStart = change.Now,
                ExpiresAt = expiresAt,
            },
        };
    }

    public static void ExtendSandbox(SessionChange change, DateTimeOffset expiresAt)
    {
        if (change.State.Sandbox is { } lease && lease.ExpiresAt < expiresAt)
        {
            change.State = change.State with { Sandbox = lease with { ExpiresAt = expiresAt } };
        }
    }

    /// <summary>The sandbox is gone: killed after the end, or lost. Its time has been booked up to the last event.</summary>
    public static void ReleaseSandbox(SessionChange change) => change.State = change.State with { Sandbox = null };

    private static SessionEvent Accept(SessionChange change, UserEvent sent, string sourceKey, string? traceParent)
    {
        if (sent is not UserMessageRequest message)
        {
            var interrupt = change.Emit(sourceKey, new UserInterrupt(), change.State.Turn!.Id);
            change.State = change.State with { Turn = change.State.Turn with { InterruptRequested = true } };
            return interrupt;
        }

        var body = new UserMessage([.. message.Text.Select(text => new ContentBlock(text))], message.Timeout?.TotalSeconds);
        var stored = change.Emit(sourceKey, body, TurnId.For(EventId.From(change.State.Id, sourceKey)));
        change.State = change.State with
        {
            Queue = [.. change.State.Queue, new QueuedMessage(stored.Id, stored.Sequence, message.Timeout, traceParent)],
        };
        return stored;
    }

    /// <summary>Takes the sandbox time since the last cut; the caller books it with the event it emits next.</summary>
    private static SandboxUsage? CutSlice(SessionChange change)
    {
        if (change.State.Sandbox is not { SandboxId: { } sandboxId } lease)
        {
            return null;
        }

        var end = change.Now < lease.ExpiresAt ? change.Now : lease.ExpiresAt;
        if (end <= lease.SliceStart)
        {
            return null;
        }

        change.State = change.State with { Sandbox = lease with { SliceStart = end } };
        var seconds = (end - lease.SliceStart).TotalSeconds;
        var nanoUsd = change.Prices.PriceSandbox(lease.Kind, seconds, lease.VCpus, lease.MemoryMiB);
        return new SandboxUsage(sandboxId, seconds, lease.VCpus, lease.MemoryMiB, nanoUsd / 1_000_000_000m);
    }

    private static void BookSlice(SessionChange change, TurnId? turn, SandboxUsage? slice)
    {
        if (slice is not null)
        {
            change.Book(turn, null, TokenUsage.None, slice, NanoUsd(slice));
        }
    }

    private static CostTotals CostOf(SandboxUsage? slice) => slice is null
        ? CostTotals.Zero
        : CostTotals.OfSandbox(slice.Seconds, slice.VCpus, slice.MemoryMiB, NanoUsd(slice));

    private static long? NanoUsd(SandboxUsage slice) => (long?)(slice.Usd * 1_000_000_000m);
}
