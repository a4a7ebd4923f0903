using System.Collections.Concurrent;
using Colloquy.Costs;
using Colloquy.Grains.Costs;
using Colloquy.Grains.Sessions;
using Colloquy.Grains.Uploads;
using Colloquy.Sessions;

namespace Colloquy.Grains.Tests.Fakes;

/// <summary>
/// The port's contract in memory, with faults: it outlives silos, so that a restart in a test finds what was stored.
/// </summary>
internal sealed class InMemorySessionStore : ISessionStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<SessionId, SessionRow> _rows = [];
    private readonly Dictionary<SessionId, List<SessionEvent>> _events = [];

    public List<LedgerEntry> Ledger { get; } = [];

    public List<UploadRow> Uploads { get; } = [];

    /// <summary>Called before each append with its number; what it throws is thrown instead of appending.</summary>
    public Action<int>? BeforeAppend { get; set; }

    /// <summary>Appends wait for it.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Called after each append is stored; what it throws makes the outcome unknown to the caller.</summary>
    public Action<int>? AfterAppend { get; set; }

    public int Appends { get; private set; }

    public ConcurrentQueue<int> EventsPerAppend { get; } = new();

    public async Task<IReadOnlyList<AppendOutcome>> AppendAsync(
        IReadOnlyList<SessionAppend> batch, CancellationToken cancellationToken)
    {
        await Task.Yield();
        await Gate;
        var number = ++Appends;
        BeforeAppend?.Invoke(number);
        IReadOnlyList<AppendOutcome> outcomes;
        lock (_lock)
        {
            outcomes = [.. batch.Select(Append)];
        }

        AfterAppend?.Invoke(number);
        return outcomes;
    }

    public Task<SessionRow?> FindAsync(SessionId session, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_rows.GetValueOrDefault(session));
        }
    }

    public Task<EventPage> ReadAsync(SessionId session, EventQuery query, CancellationToken cancellationToken)
    {
        var found = Events(session)
            .Where(stored => query.Types?.Contains(stored.Type) ?? true)
            .Where(stored => query.After is not { } after ||
                (query.Descending ? stored.Sequence < after : stored.Sequence > after));
        var ordered = query.Descending ? found.OrderByDescending(e => e.Sequence) : found.OrderBy(e => e.Sequence);
        var page = ordered.Take(query.Limit + 1).ToList();
        var more = page.Count > query.Limit;
        page = [.. page.Take(query.Limit)];
        return Task.FromResult(new EventPage(page, more ? page[^1].Sequence : null));
    }

    public Task<SessionEvent?> FindEventAsync(SessionId session, EventId id, CancellationToken cancellationToken) =>
        Task.FromResult(Events(session).FirstOrDefault(stored => stored.Id == id));

    public Task<SessionRowPage> ListAsync(SessionQuery query, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(new SessionRowPage([.. _rows.Values.OrderByDescending(row => row.CreatedAt)], null));
        }
    }

    public Task<IReadOnlyList<SessionId>> ListUnsettledAsync(
        IReadOnlyCollection<string> liveOwners, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<SessionId>>(
                [.. _rows.Values.Where(row => row.Unsettled && !liveOwners.Contains(row.Owner)).Select(row => row.Id)]);
        }
    }

    public IReadOnlyList<SessionEvent> Events(SessionId session)
    {
        lock (_lock)
        {
            return _events.TryGetValue(session, out var events) ? [.. events] : [];
        }
    }

    public CostTotals Booked(SessionId session)
    {
        lock (_lock)
        {
            return Ledger.Where(entry => entry.Session == session)
                .Aggregate(CostTotals.Zero, (sum, entry) => sum + entry.ToTotals());
        }
    }

    private AppendOutcome Append(SessionAppend append)
    {
        var stored = _rows.GetValueOrDefault(append.Row.Id);
        if ((stored?.Revision ?? 0) + 1 != append.Row.Revision)
        {
            return AppendOutcome.Fenced;
        }

        _rows[append.Row.Id] = append.Row;
        if (!_events.TryGetValue(append.Row.Id, out var events))
        {
            _events[append.Row.Id] = events = [];
        }

        events.AddRange(append.Events);
        EventsPerAppend.Enqueue(append.Events.Count);
        Ledger.AddRange(append.Ledger);
        Uploads.AddRange(append.Uploads);
        return AppendOutcome.Appended;
    }
}
