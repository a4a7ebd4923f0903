using Colloquy.Grains.Sessions;
using Colloquy.Grains.Tracing;
using Colloquy.Sessions;

namespace Colloquy.Grains.Uploads;

/// <summary>Sends the trace of one turn: reads its events, builds its spans, hands them to the row's sink.</summary>
internal sealed class TurnUploader(ISessionStore sessions, IEnumerable<ITraceSink> sinks)
{
    private const int PageSize = 1000;
    private readonly Dictionary<string, ITraceSink> _sinks =
        sinks.ToDictionary(sink => sink.Destination, StringComparer.Ordinal);

    /// <exception cref="TraceSinkException">It can never be sent; anything else that is thrown may pass.</exception>
    public async Task SendAsync(UploadRow row, CancellationToken cancellationToken)
    {
        if (!_sinks.TryGetValue(row.Destination, out var sink))
        {
            // Not for good: the server may have been started without the sink's configuration this time.
            throw new InvalidOperationException(
                $"No trace sink named '{row.Destination}' is configured. Configure it, and the turn will be sent.");
        }

        var session = await sessions.FindAsync(row.Session, cancellationToken);
        var events = await ReadEventsAsync(row, cancellationToken);
        var spans = TraceBuilder.Build(new TracedTurn(row.Session, row.Turn, session?.AgentId), events);
        if (spans.Count == 0)
        {
            throw new TraceSinkException(
                $"The journal of {row.Session} has no readable start of {row.Turn} between events {row.FromSequence} and " +
                $"{row.ToSequence}: there is nothing to build a trace from.");
        }

        await sink.SendAsync(spans, cancellationToken);
    }

    private async Task<List<SessionEvent>> ReadEventsAsync(UploadRow row, CancellationToken cancellationToken)
    {
        var events = new List<SessionEvent>();
        long? after = row.FromSequence - 1;
        while (after is not null && after < row.ToSequence)
        {
            var page = await sessions.ReadAsync(row.Session, new EventQuery(after, PageSize), cancellationToken);
            events.AddRange(page.Events.TakeWhile(stored => stored.Sequence <= row.ToSequence));
            after = page.Next;
        }

        await AddMessageAsync(row, events, cancellationToken);
        return events;
    }

    // A message that waited in the queue was stored before its turn began, and so before the span of the row.
    private async Task AddMessageAsync(UploadRow row, List<SessionEvent> events, CancellationToken cancellationToken)
    {
        var message = events
            .Where(stored => stored.TurnId == row.Turn && stored.Type == EventTypes.StatusRunning)
            .Select(TraceBuilder.MessageOf)
            .FirstOrDefault();
        if (message is { } id && events.TrueForAll(stored => stored.Id != id) &&
            await sessions.FindEventAsync(row.Session, id, cancellationToken) is { } stored)
        {
            events.Insert(0, stored);
        }
    }
}
