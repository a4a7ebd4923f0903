using Colloquy.Models;
using Colloquy.Sandboxes;
using Orleans.Concurrency;

namespace Colloquy.Sessions;

/// <summary>
/// One conversation: its history, its sandbox, its trace context. The key is a <see cref="SessionId"/>.
/// Every method but <see cref="CreateAsync"/> throws <see cref="SessionNotFoundException"/> if it was never created.
/// </summary>
[Alias("sessions.session")]
public interface ISessionGrain : IGrainWithStringKey
{
    /// <summary>Creates the session; repeating the same request returns what exists.</summary>
    /// <exception cref="InvalidInputException">A field is out of range or names something unknown.</exception>
    /// <exception cref="IdempotencyConflictException">It exists and was created with another request.</exception>
    [Alias("create")]
    Task<SessionSnapshot> CreateAsync(CreateSession request);

    /// <summary>
    /// Stores the events and returns them; messages are then answered in order, one turn each.
    /// </summary>
    /// <exception cref="InvalidInputException">An event is empty, too large or of another kind.</exception>
    /// <exception cref="SessionEndedException">The session has ended.</exception>
    /// <exception cref="NothingToInterruptException">An interrupt arrived while no turn was running.</exception>
    /// <exception cref="IdempotencyConflictException">The key was used with other events.</exception>
    [Alias("submit")]
    Task<IReadOnlyList<SessionEvent>> SubmitAsync(SubmitEvents request);

    [Alias("get"), AlwaysInterleave]
    Task<SessionSnapshot> GetAsync();

    [Alias("read"), AlwaysInterleave]
    Task<EventPage> ReadAsync(EventQuery query);

    /// <summary>
    /// The events after <paramref name="after"/> as they are stored, without gaps, until the session ends or the
    /// caller stops. The enumeration breaks when the grain moves: continue with the last sequence seen.
    /// </summary>
    [Alias("follow"), AlwaysInterleave]
    IAsyncEnumerable<SessionEvent> FollowAsync(long after, CancellationToken cancellationToken = default);

    /// <summary>
    /// The same, and between the stored events the words of the agent as it finds them: <see cref="EventTypes.EventStart"/>
    /// and <see cref="EventTypes.EventDelta"/>, which have no sequence (0) and the id of the event that will replace them.
    /// </summary>
    [Alias("follow_live"), AlwaysInterleave]
    IAsyncEnumerable<SessionEvent> FollowLiveAsync(long after, CancellationToken cancellationToken = default);

    /// <summary>Stores that a model call is about to be forwarded. Repeating it changes nothing.</summary>
    /// <exception cref="TurnOverException">The turn does not run any more: do not forward it.</exception>
    [Alias("begin_model_call"), AlwaysInterleave]
    Task BeginModelCallAsync(TurnId turn, ModelCallStart call);

    /// <summary>Stores and books how a call ended, if that is not known yet. Repeating it changes nothing.</summary>
    [Alias("end_model_call"), AlwaysInterleave]
    Task EndModelCallAsync(TurnId turn, ModelCallEnd call);

    /// <summary>Keeps spans that the agent of a turn has sent, for the turn's trace. Late and repeated ones are ignored.</summary>
    [Alias("add_agent_spans"), AlwaysInterleave]
    Task AddAgentSpansAsync(TurnId turn, IReadOnlyList<AgentSpan> spans);

    /// <summary>
    /// Makes the session's sandbox run, for who reads and writes its files directly: resumes it if it is paused, and
    /// keeps it running for the idle time from now. Repeat it while the access lasts.
    /// </summary>
    /// <param name="create">Make one if the session has none.</param>
    /// <returns>Null if there is none and none was to be made.</returns>
    /// <exception cref="SessionEndedException">The session has ended.</exception>
    /// <exception cref="SandboxUnavailableException">The provider did not do it; trying again may help.</exception>
    [Alias("access_sandbox"), AlwaysInterleave]
    Task<SandboxAccess?> OpenSandboxAsync(bool create);

    /// <summary>Interrupts what runs, drops nothing that is stored, kills the sandbox. Repeating it changes nothing.</summary>
    [Alias("end")]
    Task<SessionSnapshot> EndAsync();

    /// <summary>Goes on with whatever is unfinished. For the rescuer; repeating it changes nothing.</summary>
    [Alias("resume")]
    Task ResumeAsync();
}
