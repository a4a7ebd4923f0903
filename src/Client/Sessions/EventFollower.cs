using Colloquy.Sessions;

namespace Colloquy.Client;

/// <summary>One viewer's way through a journal, over as many enumerations of the grain as it takes.</summary>
internal sealed class EventFollower(
    ISessionGrain grain, long after, bool previews, TimeProvider time, CancellationToken cancellationToken) : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private IAsyncEnumerator<SessionEvent>? _events;
    private long _last = after;
    private int _breaks;
    private bool _ended;

    /// <summary>The next event, or null after the session has ended.</summary>
    public async ValueTask<SessionEvent?> NextAsync()
    {
        while (!_ended)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                _events ??= Open().GetAsyncEnumerator(cancellationToken);
                if (!await _events.MoveNextAsync())
                {
                    _ended = await HasNothingMoreAsync();
                }
                else if (_events.Current.Sequence == 0)
                {
                    return _events.Current; // a preview: it has no place among the stored events
                }
                else if (_events.Current.Sequence <= _last)
                {
                    continue; // an activation that was replaced may repeat itself
                }
                else if (_events.Current.Sequence == _last + 1)
                {
                    return Accept(_events.Current);
                }
            }
            catch (Exception error) when (IsBreak(error))
            {
            }

            if (!_ended)
            {
                await ReconnectAsync();
            }
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        var events = _events;
        _events = null;
        try
        {
            if (events is not null)
            {
                await events.DisposeAsync();
            }
        }
        catch (Exception error) when (IsBreak(error) || error is OperationCanceledException)
        {
            // The grain disposes enumerations that nobody pulls by itself.
        }
    }

    private IAsyncEnumerable<SessionEvent> Open() => previews
        ? grain.FollowLiveAsync(_last, cancellationToken)
        : grain.FollowAsync(_last, cancellationToken);

    private SessionEvent Accept(SessionEvent next)
    {
        _last = next.Sequence;
        _breaks = 0;
        _ended = next.Type == EventTypes.StatusTerminated;
        return next;
    }

    /// <summary>An enumeration also completes when its activation goes away: only the session itself knows the end.</summary>
    private async Task<bool> HasNothingMoreAsync()
    {
        var session = await grain.GetAsync();
        return session.Status == SessionStatus.Terminated && session.Head <= _last;
    }

    private async Task ReconnectAsync()
    {
        await DisposeAsync();
        var pause = FirstPause * Math.Pow(2, Math.Min(_breaks++, 10));
        await Task.Delay(pause < LongestPause ? pause : LongestPause, time, cancellationToken);
    }

    /// <summary>True for what a moving grain, a dying silo or a lost connection look like from here.</summary>
    private bool IsBreak(Exception error) => error switch
    {
        EnumerationAbortedException or TimeoutException or OutcomeUnknownException => true,
        OrleansMessageRejectionException => true, // SiloUnavailableException is one
        OperationCanceledException => !cancellationToken.IsCancellationRequested, // cancelled by the activation
        _ => error.GetType() == typeof(OrleansException), // no silo to place the grain on, for now
    };
}
