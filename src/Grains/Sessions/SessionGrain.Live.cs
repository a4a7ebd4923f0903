using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>What viewers see before it is stored.</summary>
public sealed partial class SessionGrain
{
    public IAsyncEnumerable<SessionEvent> FollowLiveAsync(long after, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();
}
