using Colloquy.Agents;
using Colloquy.Costs;
using Colloquy.Errors;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Uploads;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

public static partial class SessionMachine
{
    /// <summary>Starts the turn of the oldest queued message, if none runs. Does nothing otherwise.</summary>
    /// <param name="awake">
    /// The sandbox is known to have run since its time was last cut. If not, the turn asks when it opens it.
    /// </param>
    public static void StartNextTurn(SessionChange change, bool awake = false)
    {
        if (change.State is not { Turn: null, EndedAt: null, Queue.Count: > 0 })
        {
            return;
        }

        var next = change.State.Queue[0];
        var number = change.State.Turns + 1;
        var deadline = change.Now + (next.Timeout ?? change.State.TurnTimeout);
        var trace = TraceIds.ForTurn(next.Turn, next.TraceParent);
        var idle = awake ? CutSlice(change, change.Now) : null;
        var running = change.Emit(
            SourceKey.TurnStarted(next.Turn),
            new StatusRunning(next.Turn, next.Message, deadline, trace, idle, number), next.Turn);
        // Time between turns belongs to the session, not to the turn that happens to come next.
        BookSlice(change, null, idle);
        change.State = change.State with
        {
            Status = SessionStatus.Running,
            Turns = number,
            Queue = [.. change.State.Queue.Skip(1)],
            Turn = new RunningTurn(
                next.Turn, next.Message, next.Sequence, running.Sequence, number, change.Now, deadline, trace)
            {
                Notice = change.State.Notice,
            },
            Notice = null,
        };
    }

    /// <summary>The intent to start the agent: from here on it may have begun, whatever happens to us.</summary>
    /// <param name="awakeUntil">How long the sandbox is about to be kept awake for it.</param>
    /// <param name="usageSource">
    /// Whose token counts are booked: one of <see cref="Colloquy.Agents.UsageSource"/>.
    /// </param>
    /// <param name="notice">Something the user should know about this turn.</param>
    public static void Launch(
        SessionChange change, TurnId turnId, DateTimeOffset awakeUntil, string usageSource = UsageSource.Output,
        string? notice = null)
    {
        if (Current(change, turnId) is not { } turn)
        {
            return;
        }

        ExtendSandbox(change, awakeUntil);
        change.State = change.State with
        {
            Turn = turn with { Launched = true, UsageSource = usageSource, Notice = Join(turn.Notice, notice) },
        };
    }

    /// <summary>
    /// Stores events read off the agent output and books its model calls. What is stored already is skipped.
    /// </summary>
    public static void Record(SessionChange change, TurnId turnId, IReadOnlyList<AgentOutputEvent> output)
    {
        if (Current(change, turnId) is not { } turn)
        {
            return;
        }

        // All events of one line end at the same offset and are stored together, so the offset tells old from new.
        foreach (var item in output.Where(item => item.EndOffset > turn.OutputOffset))
        {
            RecordOne(change, turn.Id, item);
        }

        if (output.Count > 0 && output[^1].EndOffset > turn.OutputOffset)
        {
            change.State = change.State with { Turn = change.State.Turn! with { OutputOffset = output[^1].EndOffset } };
        }
    }

    /// <summary>Ends the turn, promises its trace, and starts the next one if a message waits.</summary>
    /// <param name="isLast">The session is about to end: no other turn starts.</param>
    public static void FinishTurn(SessionChange change, TurnId turnId, TurnEnd end, bool isLast = false)
    {
        if (Current(change, turnId) is not { } turn)
        {
            return;
        }

        // A model call that was cut off ends where the last line did, whose events are stored. If less was read than
        // is stored, what was read last does not tell which calls are open.
        foreach (var item in end.Rest.Where(item => item.EndOffset >= turn.OutputOffset))
        {
            RecordOne(change, turn.Id, item);
        }

        if ((end.AgentRan || turn.OutputOffset > 0) && change.State.Sandbox is { } sandbox)
        {
            // Not before: an agent that never ran has not added to the history what it was given.
            change.State = change.State with { Sandbox = sandbox with { HistoryThrough = turn.FirstSequence - 1 } };
        }

        change.State = change.State with { AgentUsage = end.AgentUsage ?? change.State.AgentUsage };
        EndTurn(change, turn, end);
        if (end.SandboxGone)
        {
            // Its time ends here: what is dead must not be booked until it would have expired.
            LoseSandbox(change);
        }
        else if (end.SandboxAwakeUntil is { } until && change.State.Sandbox is { SandboxId: not null } idle)
        {
            change.State = change.State with { Sandbox = idle with { ExpiresAt = until } };
        }

        if (!isLast)
        {
            StartNextTurn(change);
        }
    }

    /// <summary>The intent to stop the turn, which may begin no more model calls.</summary>
    public static void StopTurn(SessionChange change, TurnId turnId)
    {
        if (Current(change, turnId) is { } turn)
        {
            change.State = change.State with { Turn = turn with { InterruptRequested = true } };
        }
    }

    private static void RecordOne(SessionChange change, TurnId turn, AgentOutputEvent item)
    {
        if (item.Call is not { } call || item.Body is not ModelRequestEnd ended)
        {
            change.Emit(item.SourceKey, item.Body, turn);
            return;
        }

        var price = change.Prices.Price(call.Model, call.Tokens);
        change.Emit(
            item.SourceKey, ended with { Usd = price.NanoUsd / 1_000_000_000m, Unpriced = price.Unpriced }, turn);
        AddCost(change, change.Book(turn, call.Model, call.Tokens, null, price.NanoUsd));
    }

    private static void EndTurn(SessionChange change, RunningTurn turn, TurnEnd end)
    {
        CloseCalls(change, turn, end.Shown);
        CompareUsage(change, change.State.Turn!, end.OutputUsage);
        if (end.Error is { } error)
        {
            change.Emit(SourceKey.TurnFailed(turn.Id), new SessionErrorEvent(error, turn.Id), turn.Id);
        }

        // A stretch from before the turn, of which nobody could ask how long it was, is none of its time.
        var slice = change.State.Sandbox?.SliceStart >= turn.StartedAt
            ? CutSlice(change, Earlier(change.Now, change.State.Sandbox.ExpiresAt), end.SandboxGone)
            : null;
        var duration = (change.Now - turn.StartedAt).TotalSeconds;
        var idle = change.Emit(
            SourceKey.TurnEnded(turn.Id),
            new StatusIdle(
                StopReason.EndTurn, turn.Id, end.Outcome, duration, change.State.Turn!.Cost + CostOf(slice), slice,
                turn.Trace, end.OutputWarnings, turn.Notice)
            {
                DroppedAgentSpans = turn.Spans is { } spans ? spans.Sent - spans.Kept : 0,
            },
            turn.Id);
        BookSlice(change, turn.Id, slice);
        change.Promise(new UploadRow(
            change.State.Id, turn.Id, turn.FirstSequence, idle.Sequence, UploadDestination.Local, change.Now));
        change.State = change.State with
        {
            Status = SessionStatus.Idle,
            Turn = null,
            ActiveSeconds = change.State.ActiveSeconds + duration,
        };
    }

    /// <summary>A turn that is started again may have said it already.</summary>
    private static string? Join(string? notice, string? more) =>
        notice is null || more is null ? notice ?? more
        : notice.Contains(more, StringComparison.Ordinal) ? notice
        : $"{notice} {more}";

    /// <summary>Null if the turn has ended meanwhile: late news of it change nothing.</summary>
    private static RunningTurn? Current(SessionChange change, TurnId turn) =>
        change.State.Turn is { } running && running.Id == turn ? running : null;
}

/// <param name="Outcome">One of <see cref="TurnOutcome"/>.</param>
/// <param name="Error">Why it failed; null if it did not.</param>
public sealed record TurnEnd(string Outcome, TurnError? Error = null, int OutputWarnings = 0)
{
    /// <summary>
    /// What the end of the output means: a last line that was left open, model calls that were cut off.
    /// </summary>
    public IReadOnlyList<AgentOutputEvent> Rest { get; init; } = [];

    /// <summary>Some of its output was seen.</summary>
    public bool AgentRan { get; init; }

    /// <summary>What its agent had counted when it ended; null if that says nothing about its next turn.</summary>
    public UsageBaseline? AgentUsage { get; init; }

    /// <summary>It ended because its sandbox is gone.</summary>
    public bool SandboxGone { get; init; }

    /// <summary>The model calls that the agent's output shows and that, as far as is known, have not ended.</summary>
    public IReadOnlyList<ShownCall> Shown { get; init; } = [];

    /// <summary>The tokens of the turn by what the agent itself says; null if it does not.</summary>
    public IReadOnlyDictionary<string, TokenUsage>? OutputUsage { get; init; }

    /// <summary>When the sandbox is about to be told to pause; null if it was not opened.</summary>
    public DateTimeOffset? SandboxAwakeUntil { get; init; }
}
