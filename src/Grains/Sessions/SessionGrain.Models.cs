using Colloquy.Models;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>The model calls of the running turn, as the gateway reports them.</summary>
public sealed partial class SessionGrain
{
    public Task BeginModelCallAsync(TurnId turn, ModelCallStart call) => throw new NotSupportedException();

    public Task EndModelCallAsync(TurnId turn, ModelCallEnd call) => throw new NotSupportedException();

    public Task AddAgentSpansAsync(TurnId turn, IReadOnlyList<AgentSpan> spans) => throw new NotSupportedException();
}
