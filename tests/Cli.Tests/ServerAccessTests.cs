using Colloquy.Cli.Hosting;
using Colloquy.Cli.Tests.Fakes;

namespace Colloquy.Cli.Tests;

public sealed class ServerAccessTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_runs_on_the_data_is_used_and_left_running()
    {
        await using var api = await FakeApi.StartAsync();
        var servers = new FakeServers(api) { RunningOn = "/data/x" };

        await using (var connection = await Access(servers).OpenAsync(new ServerChoice(null, "/data/x"), Cancel))
        {
            Assert.Null(connection.Local);
            Assert.Equal(api.Url, connection.Client.Server);
        }

        Assert.Empty(servers.Started);
        Assert.Equal(0, servers.Stopped);
    }

    [Fact]
    public async Task Without_one_a_quiet_server_starts_on_a_free_port_and_stops_with_the_command()
    {
        await using var api = await FakeApi.StartAsync();
        var servers = new FakeServers(api);

        await using (await Access(servers).OpenAsync(new ServerChoice(null, null), Cancel))
        {
            Assert.Equal(new ServerStart("http://127.0.0.1:0", "/data/default", Quiet: true), Assert.Single(servers.Started));
        }

        Assert.Equal(1, servers.Stopped);
    }

    [Fact]
    public async Task One_that_another_command_started_in_between_is_used()
    {
        await using var api = await FakeApi.StartAsync();
        var servers = new FakeServers(api) { CannotStart = new ServerNotStartedException("held") };
        servers.Starting = () => servers.RunningOn = "/data/default";

        await using var connection = await Access(servers).OpenAsync(new ServerChoice(null, null), Cancel);

        Assert.Equal(api.Url, connection.Client.Server);
    }

    private static ServerAccess Access(FakeServers servers) => new(servers, TimeProvider.System);
}
