using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>
/// The newest stored events of one session in memory, and a signal when there are more. A cache only: whoever finds
/// that it does not reach back far enough reads the journal.
/// </summary>
internal sealed class EventFeed
{
    private const int Capacity = 512;

    /// <summary>Of event data: one event may be megabytes, and every active session keeps a feed.</summary>
    internal const int MaxBytes = 1024 * 1024;

    private readonly Queue<SessionEvent> _recent = new();
    private long _bytes;
    private TaskCompletionSource _more = NewSignal();

    public EventFeed(long head) => Head = head;

    /// <summary>The last stored sequence.</summary>
    public long Head { get; private set; }

    /// <summary>Call only with events that are stored: what is published is visible.</summary>
    public void Publish(IReadOnlyList<SessionEvent> events)
    {
        if (events.Count == 0)
        {
            return;
        }

        foreach (var stored in events)
        {
            _recent.Enqueue(stored);
            _bytes += stored.Data.Length;
        }

        while (_recent.Count > Capacity || _bytes > MaxBytes)
        {
            _bytes -= _recent.Dequeue().Data.Length;
        }

        Head = events[^1].Sequence;
        Signal();
    }

    /// <summary>Wakes everyone who waits, for example because the activation ends.</summary>
    public void Signal()
    {
        var more = _more;
        _more = NewSignal();
        more.SetResult();
    }

    /// <summary>The events beyond <paramref name="position"/>, or null if memory does not reach back that far.</summary>
    public IReadOnlyList<SessionEvent>? After(long position) => position switch
    {
        _ when position >= Head => [],
        _ when _recent.Count > 0 && _recent.Peek().Sequence <= position + 1 =>
            [.. _recent.Where(stored => stored.Sequence > position)],
        _ => null,
    };

    /// <summary>Completes at the next publication or signal. Take it before looking, or one may be missed.</summary>
    public Task Changed => _more.Task;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
