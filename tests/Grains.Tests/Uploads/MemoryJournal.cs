using System.Collections.Concurrent;
using Colloquy.Grains.Sessions;
using Colloquy.Sessions;

namespace Colloquy.Grains.Tests.Uploads;

/// <summary>The reading half of a session store.</summary>
/// <param name="largestPage">Pages are never larger, so that a few events make many pages.</param>
internal sealed class MemoryJournal(int largestPage = 2) : ISessionStore
{
    private readonly ConcurrentDictionary<SessionId, IReadOnlyList<SessionEvent>> _journals = [];

    public void Put(SessionId session, IReadOnlyList<SessionEvent> events) => _journals[session] = events;

    public Task<SessionRow?> FindAsync(SessionId session, CancellationToken cancellationToken) =>
        Task.FromResult(_journals.TryGetValue(session, out var events)
            ? new SessionRow(
                session, 1, events.Count, SessionStatus.Idle, BuiltIn.OfflineAgent, false, "silo", default, default, [])
            : null);

    public Task<EventPage> ReadAsync(SessionId session, EventQuery query, CancellationToken cancellationToken)
    {
        var rest = _journals.GetValueOrDefault(session, []).Where(stored => stored.Sequence > (query.After ?? 0)).ToList();
        var page = rest.Take(Math.Min(query.Limit, largestPage)).ToList();
        return Task.FromResult(new EventPage(page, page.Count < rest.Count ? page[^1].Sequence : null));
    }

    public Task<SessionEvent?> FindEventAsync(SessionId session, EventId id, CancellationToken cancellationToken) =>
        Task.FromResult(_journals.GetValueOrDefault(session, []).FirstOrDefault(stored => stored.Id == id));

    public Task<IReadOnlyList<AppendOutcome>> AppendAsync(
        IReadOnlyList<SessionAppend> batch, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<SessionRowPage> ListAsync(SessionQuery query, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IReadOnlyList<SessionId>> ListUnsettledAsync(
        IReadOnlyCollection<string> liveOwners, int limit, CancellationToken cancellationToken) =>
        throw new NotSupportedException();
}
