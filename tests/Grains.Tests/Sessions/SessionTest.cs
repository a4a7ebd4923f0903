using Colloquy.Grains.Tests.Fakes;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Sessions;

/// <summary>A session on a cluster of one silo, with agents that say what the test tells them to say.</summary>
public abstract class SessionTest : IAsyncLifetime
{
    private protected static readonly SessionId Id = new("sesn_1");
    private protected SessionCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await SessionCluster.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected IEnumerable<string> Answers() =>
        _cluster.Store.Events(Id).Select(EventJson.Read).OfType<AgentMessage>().Select(message => message.Text);

    private protected async Task SaidAsync(string text)
    {
        await foreach (var stored in _cluster.Session(Id.Value).FollowAsync(0, TestContext.Current.CancellationToken))
        {
            if (EventJson.Read(stored) is AgentMessage message && message.Text == text)
            {
                return;
            }
        }
    }
}
