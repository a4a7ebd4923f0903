using System.Data.Common;
using Colloquy.Agents;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>The agent of the session, which is looked up when a turn has to launch it.</summary>
public sealed partial class SessionGrain
{
    private static readonly TimeSpan FirstFindPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestFindPause = TimeSpan.FromSeconds(5);

    private AgentDefinition? _agent;

    /// <exception cref="AgentUnavailableException"/>
    private async Task<TurnPreparation> PrepareAsync(CancellationToken stopping)
    {
        try
        {
            // A version never changes.
            var agent = _agent ??= await FindAgentAsync(stopping);
            return new TurnPreparation(agent, _agents.RuntimeOf(agent), _models);
        }
        catch (InvalidInputException exception)
        {
            throw new AgentUnavailableException(exception);
        }
    }

    /// <summary>It may lie on a server that is just going down: a turn has time until its deadline.</summary>
    private async Task<AgentDefinition> FindAgentAsync(CancellationToken stopping)
    {
        var (id, version) = (_journal.State!.Agent.Id, _journal.State.Agent.Version);
        for (var pause = FirstFindPause; ; pause = pause * 2 < LongestFindPause ? pause * 2 : LongestFindPause)
        {
            try
            {
                return await _agents.FindAsync(id, version).WaitAsync(stopping);
            }
            catch (Exception exception) when (
                exception is OrleansException or TimeoutException or IOException or DbException)
            {
                LogAgentNotRead(_id, id, exception.Message);
            }

            await Task.Delay(pause, _time, stopping);
        }
    }
}

/// <summary>The session's agent cannot run on this server, or not any more. The message is for the user.</summary>
internal sealed class AgentUnavailableException(InvalidInputException inner) : Exception(inner.Message, inner);
