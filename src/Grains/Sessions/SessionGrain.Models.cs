using Colloquy.Models;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>The model calls of the running turn, as the gateway reports them.</summary>
public sealed partial class SessionGrain
{
    public Task BeginModelCallAsync(TurnId turn, ModelCallStart call)
    {
        Existing();
        return _journal.CommitAsync(change => SessionMachine.BeginCall(change, turn, call));
    }

    public Task EndModelCallAsync(TurnId turn, ModelCallEnd call)
    {
        Existing();
        return _journal.CommitAsync(change => SessionMachine.EndCall(change, turn, call));
    }

    public Task AddAgentSpansAsync(TurnId turn, IReadOnlyList<AgentSpan> spans)
    {
        Existing();
        return _journal.NoteAsync(change => SessionMachine.AddAgentSpans(change, turn, spans));
    }
}
