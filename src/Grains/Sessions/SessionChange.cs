using Colloquy.Costs;
using Colloquy.Grains.Costs;
using Colloquy.Grains.Uploads;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>
/// What becomes one transaction: the state as it would be, the events that say so, and the rows that belong to them.
/// Commands of <see cref="SessionMachine"/> add to it; several may share one change.
/// </summary>
public sealed class SessionChange(SessionState state, DateTimeOffset now, PriceBook prices)
{
    private readonly List<SessionEvent> _events = [];
    private readonly List<LedgerEntry> _ledger = [];
    private readonly List<UploadRow> _uploads = [];

    public SessionState State { get; set; } = state;

    public DateTimeOffset Now { get; } = now;

    public PriceBook Prices { get; } = prices;

    public IReadOnlyList<SessionEvent> Events => _events;

    public IReadOnlyList<LedgerEntry> Ledger => _ledger;

    public IReadOnlyList<UploadRow> Uploads => _uploads;

    /// <summary>Appends an event and returns it. Its id follows from <paramref name="sourceKey"/>.</summary>
    public SessionEvent Emit(string sourceKey, EventBody body, TurnId? turn)
    {
        // A message is processed when its turn begins; everything else is news of what has happened.
        DateTimeOffset? processed = body is UserMessage ? null : Now;
        var stored = new SessionEvent(
            State.Head + 1, EventId.From(State.Id, sourceKey), body.Type, turn, Now, processed, EventJson.Write(body));
        _events.Add(stored);
        State = State with { Head = stored.Sequence };
        return stored;
    }

    /// <summary>Books money with the event emitted last, and keeps the session's totals equal to its ledger.</summary>
    public CostTotals Book(TurnId? turn, string? model, TokenUsage tokens, SandboxUsage? sandbox, long? nanoUsd)
    {
        var entry = new LedgerEntry(
            State.Id, State.Head, CostKey.DefaultTenant, Now, turn, model, tokens,
            sandbox?.Seconds ?? 0, sandbox?.VCpus ?? 0, sandbox?.MemoryMiB ?? 0, nanoUsd, Prices.Version);
        _ledger.Add(entry);
        var cost = entry.ToTotals();
        State = State with { Totals = State.Totals + cost };
        return cost;
    }

    public void Promise(UploadRow upload) => _uploads.Add(upload);

    /// <summary>Where the change stands, to come back to if a command turns out to be refused.</summary>
    public Mark Save() => new(State, _events.Count, _ledger.Count, _uploads.Count);

    public void Restore(Mark mark)
    {
        State = mark.State;
        _events.RemoveRange(mark.Events, _events.Count - mark.Events);
        _ledger.RemoveRange(mark.Ledger, _ledger.Count - mark.Ledger);
        _uploads.RemoveRange(mark.Uploads, _uploads.Count - mark.Uploads);
    }

    public readonly record struct Mark(SessionState State, int Events, int Ledger, int Uploads);
}
