using Colloquy.Grains.Agents;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>
/// The newest stored events of one session in memory, and a signal when there are more. A cache only: whoever finds
/// that it does not reach back far enough reads the journal. Beside them the one message that is being written.
/// </summary>
internal sealed class EventFeed
{
    private const int Capacity = 512;

    /// <summary>Of event data: one event may be megabytes, and every active session keeps a feed.</summary>
    internal const int MaxBytes = 1024 * 1024;

    private readonly Queue<SessionEvent> _recent = new();
    private long _bytes;
    private TaskCompletionSource _more = NewSignal();
    private TaskCompletionSource _grown = NewSignal();
    private int _previewLength;

    public EventFeed(long head) => Head = head;

    /// <summary>The last stored sequence.</summary>
    public long Head { get; private set; }

    /// <summary>The message that is being written; null if there is none, or it is stored.</summary>
    public MessagePreview? Preview { get; private set; }

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
        if (events.Any(stored =>
            stored.Id == Preview?.Id || stored.Type is EventTypes.StatusIdle or EventTypes.StatusTerminated))
        {
            Preview = null;
        }

        Signal();
    }

    /// <summary>Call whenever the message that is being written has grown, or is another one.</summary>
    public void Show(MessagePreview? preview)
    {
        var length = preview?.Length ?? 0;
        if (ReferenceEquals(preview, Preview) && length == _previewLength)
        {
            return;
        }

        (Preview, _previewLength) = (preview, length);
        Renew(ref _grown);
    }

    /// <summary>Wakes everyone who waits, for example because the activation ends.</summary>
    public void Signal()
    {
        Renew(ref _more);
        Renew(ref _grown);
    }

    /// <summary>
    /// The events beyond <paramref name="position"/>, or null if memory does not reach back that far.
    /// </summary>
    public IReadOnlyList<SessionEvent>? After(long position) => position switch
    {
        _ when position >= Head => [],
        _ when _recent.Count > 0 && _recent.Peek().Sequence <= position + 1 =>
            [.. _recent.Where(stored => stored.Sequence > position)],
        _ => null,
    };

    /// <summary>Completes at the next publication or signal. Take it before looking, or one may be missed.</summary>
    public Task Changed => _more.Task;

    /// <summary>The same, and when <see cref="Preview"/> has grown.</summary>
    public Task ChangedOrGrown => _grown.Task;

    private static void Renew(ref TaskCompletionSource signal)
    {
        var before = signal;
        signal = NewSignal();
        before.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
