using Colloquy.Models;
using Colloquy.Sessions;

namespace Colloquy.Client;

/// <summary>What a model gateway tells sessions about the calls of their turns.</summary>
public sealed class ModelCallClient(IGrainFactory grains)
{
    /// <inheritdoc cref="ISessionGrain.BeginModelCallAsync"/>
    /// <exception cref="SessionNotFoundException">It was never created.</exception>
    public Task BeginAsync(SessionId session, TurnId turn, ModelCallStart call) =>
        Grain(session).BeginModelCallAsync(turn, call);

    /// <inheritdoc cref="ISessionGrain.EndModelCallAsync"/>
    /// <exception cref="SessionNotFoundException">It was never created.</exception>
    public Task EndAsync(SessionId session, TurnId turn, ModelCallEnd call) =>
        Grain(session).EndModelCallAsync(turn, call);

    /// <inheritdoc cref="ISessionGrain.AddAgentSpansAsync"/>
    public Task AddSpansAsync(SessionId session, TurnId turn, IReadOnlyList<AgentSpan> spans) =>
        Grain(session).AddAgentSpansAsync(turn, spans);

    /// <returns>Whether the session runs this turn now.</returns>
    public async Task<bool> IsRunningAsync(SessionId session, TurnId turn)
    {
        try
        {
            return (await Grain(session).GetAsync()).RunningTurn == turn;
        }
        catch (SessionNotFoundException)
        {
            return false;
        }
    }

    /// <returns>The id of the turn's trace; null if it is not the session's latest turn.</returns>
    /// <exception cref="SessionNotFoundException">It was never created.</exception>
    public async Task<string?> FindTraceIdAsync(SessionId session, TurnId turn)
    {
        var page = await Grain(session).ReadAsync(
            new EventQuery(Limit: 1, Descending: true, Types: [EventTypes.StatusRunning]));
        return page.Events is [var latest] && EventJson.Read(latest) is StatusRunning running && running.TurnId == turn
            ? running.Trace.TraceId
            : null;
    }

    private ISessionGrain Grain(SessionId session) => grains.GetGrain<ISessionGrain>(session.Value);
}
