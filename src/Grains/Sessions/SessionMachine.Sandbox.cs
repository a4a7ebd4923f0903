using Colloquy.Costs;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>The sandbox that a session holds, its time, and the copy of its files.</summary>
public static partial class SessionMachine
{
    /// <summary>The intent to have a sandbox; nothing has been asked for yet.</summary>
    /// <exception cref="SessionEndedException"/>
    public static SandboxLease LeaseSandbox(SessionChange change)
    {
        if (change.State.EndedAt is not null)
        {
            throw new SessionEndedException(change.State.Id.Value);
        }

        // Derived, so that a repeated turn asks for the same lease and the provider can recognise it.
        var lease = new SandboxLease($"{change.State.Id}-{change.State.Turns}-{change.State.Revision}");
        change.State = change.State with { Sandbox = lease };
        return lease;
    }

    /// <param name="restored">What it begins with, if it takes the place of a lost one.</param>
    public static void OpenSandbox(SessionChange change, OpenedSandbox opened, Restoration? restored = null)
    {
        // The session may have ended, and killed what the lease holds, while the answer was on its way.
        if (change.State.Sandbox is not { } lease)
        {
            return;
        }

        // An answer that an earlier turn gave up waiting for: this turn does not pay for that.
        var start = change.State.Turn is { } turn && turn.StartedAt > opened.StartedAt
            ? turn.StartedAt
            : opened.StartedAt;
        change.State = change.State with
        {
            SandboxLost = false,
            Sandbox = lease with
            {
                SandboxId = opened.Id,
                Kind = opened.Kind,
                VCpus = opened.Resources.VCpus,
                MemoryMiB = opened.Resources.MemoryMiB,
                SliceStart = start,
                ExpiresAt = opened.ExpiresAt,
                RunStartedAt = opened.StartedAt,
            },
        };
        if (restored is not null)
        {
            change.State = change.State with
            {
                Checkpoint = restored.HasCheckpoint ? change.State.Checkpoint : null,
                Oversized = null,
                Turn = change.State.Turn is { } running
                    ? running with { Notice = Join(running.Notice, restored.Notice) }
                    : null,
                Notice = change.State.Turn is null ? restored.Notice : null,
            };
        }
    }

    public static void ExtendSandbox(SessionChange change, DateTimeOffset expiresAt)
    {
        if (change.State.Sandbox is { } lease && lease.ExpiresAt < expiresAt)
        {
            change.State = change.State with { Sandbox = lease with { ExpiresAt = expiresAt } };
        }
    }

    /// <param name="seen">What the provider says; null if it is gone.</param>
    public static void SettleSandbox(SessionChange change, SandboxStatus? seen)
    {
        if (change.State.Sandbox is { } lease)
        {
            SettleSandbox(change, SandboxRun.Of(lease, seen, change.Now));
        }
    }

    /// <summary>Books what is known of its time: before the turn to the session, from then on to the turn.</summary>
    public static void SettleSandbox(SessionChange change, SandboxRun run)
    {
        if (change.State.Sandbox is null)
        {
            return;
        }

        if (change.State.Turn is { } turn)
        {
            BookStretch(change, Earlier(run.Until, turn.StartedAt), run.Estimated, null);
        }

        if (run.Ended)
        {
            BookStretch(change, run.Until, run.Estimated, change.State.Turn?.Id);
            change.State = change.State with { Sandbox = change.State.Sandbox with { Asleep = true } };
        }
    }

    /// <summary>It was opened again, and runs.</summary>
    /// <param name="runStartedAt">When it began to run, if it was paused before.</param>
    public static void WakeSandbox(SessionChange change, DateTimeOffset runStartedAt, DateTimeOffset expiresAt)
    {
        if (change.State.Sandbox is { } lease)
        {
            var from = lease.Asleep && runStartedAt > lease.SliceStart ? runStartedAt : lease.SliceStart;
            change.State = change.State with
            {
                Sandbox = lease with
                {
                    Asleep = false,
                    SliceStart = from,
                    RunStartedAt = runStartedAt,
                    ExpiresAt = expiresAt,
                },
            };
        }
    }

    /// <summary>It is gone, or what is in it is not the session's workspace any more.</summary>
    public static void LoseSandbox(SessionChange change)
    {
        if (change.State.Sandbox is null)
        {
            return;
        }

        SettleSandbox(change, seen: null);
        change.State = change.State with
        {
            Sandbox = null,
            SandboxLost = true,
            Turn = change.State.Turn is { } turn ? turn with { Launched = false } : null,
        };
    }

    /// <summary>After the end: it is killed, and the copy of its files deleted.</summary>
    public static void ReleaseSandbox(SessionChange change) =>
        change.State = change.State with { Sandbox = null, Checkpoint = null, Oversized = null };

    /// <returns>False if the session does not hold that sandbox any more: the copy is of no use.</returns>
    public static bool RecordCheckpoint(SessionChange change, string lease, WorkspaceCheckpoint checkpoint)
    {
        if (change.State.Sandbox?.Id != lease || change.State.EndedAt is not null)
        {
            return false;
        }

        change.State = change.State with { Checkpoint = checkpoint, Oversized = null };
        return true;
    }

    public static void NoteOversized(SessionChange change, string lease, int turn, string fingerprint)
    {
        if (change.State.Sandbox?.Id == lease)
        {
            change.State = change.State with
            {
                Oversized = new OversizedWorkspace(change.State.Oversized?.SinceTurn ?? turn, fingerprint),
            };
        }
    }

    private static void BookStretch(SessionChange change, DateTimeOffset until, bool estimated, TurnId? turn)
    {
        var (lease, from) = (change.State.Sandbox!.Id, change.State.Sandbox.SliceStart);
        if (CutSlice(change, until, estimated) is not { } slice)
        {
            return;
        }

        change.Emit(SourceKey.SandboxTime(lease, from), new SandboxTime(slice), turn);
        BookSlice(change, turn, slice);
        if (turn is not null)
        {
            change.State = change.State with
            {
                Turn = change.State.Turn! with { Cost = change.State.Turn.Cost + CostOf(slice) },
            };
        }
    }

    /// <summary>Takes the sandbox time since the last cut; the caller books it with the event it emits next.</summary>
    private static SandboxUsage? CutSlice(SessionChange change, DateTimeOffset until, bool estimated = false)
    {
        if (change.State.Sandbox is not { SandboxId: { } sandboxId, Asleep: false } lease || until <= lease.SliceStart)
        {
            return null;
        }

        change.State = change.State with { Sandbox = lease with { SliceStart = until } };
        var seconds = (until - lease.SliceStart).TotalSeconds;
        var nanoUsd = change.Prices.PriceSandbox(lease.Kind, seconds, lease.VCpus, lease.MemoryMiB);
        return new SandboxUsage(
            sandboxId, seconds, lease.VCpus, lease.MemoryMiB, nanoUsd / 1_000_000_000m, estimated);
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

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset? other) => other < one ? other.Value : one;
}
