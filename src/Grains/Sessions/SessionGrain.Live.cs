using System.Runtime.CompilerServices;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>What viewers see: the stored events, and on demand what the agent is writing before it is stored.</summary>
public sealed partial class SessionGrain
{
    public IAsyncEnumerable<SessionEvent> FollowLiveAsync(long after, CancellationToken cancellationToken = default) =>
        FollowAsync(after, new PreviewCursor(), cancellationToken);

    /// <param name="previews">Null for stored events alone.</param>
    private async IAsyncEnumerable<SessionEvent> FollowAsync(
        long after, PreviewCursor? previews, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Existing();
        // A quiet viewer must not hold up the silo's shutdown.
        using var until = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping);
        // Nor must it hold up an activation that has to be dropped, which waits for the calls that run.
        while (!until.IsCancellationRequested && !_journal.IsBroken)
        {
            var changed = previews is null ? _feed.Changed : _feed.ChangedOrGrown;
            foreach (var stored in await ReadOnAsync(after))
            {
                if (previews?.RestOf(stored) is { } rest)
                {
                    yield return rest;
                }

                yield return stored;
                after = stored.Sequence;
                if (stored.Type == EventTypes.StatusTerminated)
                {
                    yield break;
                }
            }

            if (after < _feed.Head)
            {
                continue;
            }

            if (_journal.State?.EndedAt is not null)
            {
                yield break;
            }

            foreach (var piece in previews?.Next(_feed.Preview) ?? [])
            {
                yield return piece;
            }

            await changed.WaitAsync(until.Token).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    private async Task<IReadOnlyList<SessionEvent>> ReadOnAsync(long after) =>
        _feed.After(after) ??
        (await _store.ReadAsync(_id, new EventQuery(after, SessionLimits.MaxPageSize), CancellationToken.None)).Events;
}
