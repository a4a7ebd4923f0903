using Colloquy.Cli.Api;
using Colloquy.Cli.Demo;
using Colloquy.Cli.Tests.Fakes;

namespace Colloquy.Cli.Tests;

public sealed class EventStreamTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_stream_that_breaks_shows_each_event_once_and_in_order(int breakAfter)
    {
        await using var api = await FakeApi.StartAsync();
        api.BreakStreamsAfter = breakAfter;
        var session = Filled(api, 10);
        using var client = new ColloquyClient(api.Url, TimeProvider.System);
        var reconnects = new List<long>();

        var seen = await client.Events(reconnects.Add).FollowAsync(session.Id, 2, Cancel)
            .Select(item => item.Sequence).ToListAsync(Cancel);

        Assert.Equal([3, 4, 5, 6, 7, 8, 9, 10, 11], seen);
        Assert.Equal(api.StreamConnections - 1, reconnects.Count);
        Assert.Equal(breakAfter == 0, reconnects.Count == 0);
        Assert.Equal(2, api.Positions[0]);
        Assert.Equal(reconnects, api.Positions.Skip(1));
    }

    [Fact]
    public async Task A_stream_of_an_unknown_session_is_an_error_at_once()
    {
        await using var api = await FakeApi.StartAsync();
        using var client = new ColloquyClient(api.Url, TimeProvider.System);

        var error = await Assert.ThrowsAsync<ApiErrorException>(
            async () => await client.Events().FollowAsync("sesn_none", 0, Cancel).ToListAsync(Cancel));

        Assert.Equal("session_not_found", error.Info.Code);
    }

    [Fact]
    public async Task A_viewer_that_drops_on_purpose_misses_nothing()
    {
        await using var api = await FakeApi.StartAsync();
        var session = Filled(api, 12);
        using var client = new ColloquyClient(api.Url, TimeProvider.System);
        var viewer = new DroppingViewer(client, session.Id, dropEvery: 5, TimeSpan.Zero, TimeProvider.System);

        var seen = await viewer.RunAsync(0, Cancel);

        Assert.Equal(Enumerable.Range(1, 13).Select(number => (long)number), seen);
        Assert.Equal(2, viewer.Drops.Count);
    }

    private static FakeSession Filled(FakeApi api, int events)
    {
        var session = api.AddSession();
        for (var i = 0; i < events; i++)
        {
            session.Append("agent.thinking", "turn_1", []);
        }

        session.End();
        return session;
    }
}
