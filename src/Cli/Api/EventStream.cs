using System.Runtime.CompilerServices;

namespace Colloquy.Cli.Api;

/// <summary>
/// The events of a session after a sequence, live and without a gap: when the connection breaks, it is opened again
/// after the last event that was seen, and what comes twice is left out.
/// </summary>
internal sealed class EventStream(HttpClient http, TimeProvider time)
{
    private const int MostFailures = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Between the events also what the agent is writing; it begins anew with each connection.</summary>
    public bool Previews { get; init; }

    /// <summary>Told when a broken connection is about to be opened again: the last sequence seen.</summary>
    public Action<long>? Reconnecting { get; init; }

    /// <summary>Ends after <c>session.status_terminated</c>; otherwise goes on until it is cancelled.</summary>
    /// <exception cref="ApiErrorException">The server refuses the stream, for example for an unknown session.</exception>
    /// <exception cref="ServerUnreachableException">The server did not come back.</exception>
    public async IAsyncEnumerable<ApiEvent> FollowAsync(
        string sessionId, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var position = after;
        for (var failures = 0; ; failures++)
        {
            var connection = await TryOpenAsync(sessionId, position, failures, cancellationToken);
            var wait = EventStreamConnection.DefaultRetry;
            if (connection is not null)
            {
                await using (connection)
                {
                    while (await connection.NextAsync(cancellationToken) is { } next)
                    {
                        failures = 0;
                        if (next.IsPreview)
                        {
                            yield return next;
                            continue;
                        }

                        if (next.Sequence <= position)
                        {
                            continue;
                        }

                        position = next.Sequence;
                        yield return next;
                        if (next.Type == Colloquy.Sessions.EventTypes.StatusTerminated)
                        {
                            yield break;
                        }
                    }

                    wait = connection.Retry;
                }
            }

            Reconnecting?.Invoke(position);
            await Task.Delay(Pause(wait, failures), time, cancellationToken);
        }
    }

    /// <summary>
    /// A connection that breaks without an event may be a proxy's habit and no reason to give up, but each one in a row
    /// makes the next attempt later.
    /// </summary>
    private static TimeSpan Pause(TimeSpan asked, int failures)
    {
        var pause = asked + (Patience * failures);
        return pause < LongestPause ? pause : LongestPause;
    }

    private async Task<EventStreamConnection?> TryOpenAsync(
        string sessionId, long position, int failures, CancellationToken cancellationToken)
    {
        try
        {
            return await EventStreamConnection.OpenAsync(http, time, sessionId, position, Previews, cancellationToken);
        }
        catch (HttpRequestException) when (failures < MostFailures)
        {
            return null;
        }
        catch (HttpRequestException exception)
        {
            throw new ServerUnreachableException(http.BaseAddress!, exception);
        }
    }
}
