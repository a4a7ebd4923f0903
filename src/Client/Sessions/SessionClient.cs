using System.Runtime.CompilerServices;
using Colloquy.Sessions;

namespace Colloquy.Client;

/// <summary>
/// Typed calls to sessions, for programs inside the cluster. The errors are those of <see cref="ISessionGrain"/>.
/// </summary>
public sealed class SessionClient(IGrainFactory grains, TimeProvider time)
{
    /// <summary>Creates a session. Repeating the same request with the same key returns the session that exists.</summary>
    /// <param name="idempotencyKey">Null for a new session on every call.</param>
    /// <exception cref="InvalidInputException">A field is out of range or names something unknown.</exception>
    /// <exception cref="IdempotencyConflictException">The key was used with another request.</exception>
    public Task<SessionSnapshot> CreateAsync(CreateSession request, string? idempotencyKey = null)
    {
        var id = idempotencyKey is null ? SessionId.New() : SessionId.ForIdempotencyKey(idempotencyKey);
        return Grain(id).CreateAsync(request);
    }

    /// <exception cref="SessionNotFoundException">It was never created.</exception>
    public Task<SessionSnapshot> GetAsync(SessionId session) => Grain(session).GetAsync();

    /// <summary>Newest first.</summary>
    /// <exception cref="InvalidInputException">The cursor is not one of ours.</exception>
    public Task<SessionPage> ListAsync(SessionQuery query) =>
        grains.GetGrain<ISessionDirectoryGrain>(0).ListAsync(query);

    /// <summary>Stores the events and returns them as stored; their turns run on their own.</summary>
    /// <inheritdoc cref="ISessionGrain.SubmitAsync" path="/exception"/>
    public Task<IReadOnlyList<SessionEvent>> SubmitAsync(SessionId session, SubmitEvents request) =>
        Grain(session).SubmitAsync(request);

    /// <summary>One page of the journal.</summary>
    public Task<EventPage> ReadAsync(SessionId session, EventQuery query) => Grain(session).ReadAsync(query);

    /// <summary>Ends the session for good. Its history stays readable; repeating it changes nothing.</summary>
    public Task<SessionSnapshot> EndAsync(SessionId session) => Grain(session).EndAsync();

    /// <summary>
    /// The events after <paramref name="after"/> as they are stored, each once and without gaps, until the session
    /// has ended. Survives grains that move and silos that die by reading on behind the last event it returned.
    /// </summary>
    /// <param name="after">The last sequence that the caller has seen; 0 for the whole journal.</param>
    /// <param name="previews">
    /// Between them what the agent is writing: <see cref="EventStart"/> and <see cref="EventDelta"/>, with sequence 0.
    /// They are best effort, and begin anew with another <see cref="EventStart"/> when the grain has moved; what counts
    /// is the stored event of that id, which follows if the message is completed.
    /// </param>
    /// <exception cref="SessionNotFoundException">It was never created.</exception>
    /// <exception cref="OperationCanceledException">The caller stopped.</exception>
    public async IAsyncEnumerable<SessionEvent> FollowAsync(
        SessionId session, long after, bool previews = false, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var follower = new EventFollower(Grain(session), after, previews, time, cancellationToken);
        while (await follower.NextAsync() is { } next)
        {
            yield return next;
        }
    }

    private ISessionGrain Grain(SessionId session) => grains.GetGrain<ISessionGrain>(session.Value);
}
