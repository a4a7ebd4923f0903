using Colloquy.Definitions;
using Colloquy.Environments;
using Colloquy.Grains.Tests.Fakes;
using Xunit;

namespace Colloquy.Grains.Tests.Definitions;

public sealed class EnvironmentGrainTests : IAsyncLifetime
{
    private SessionCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await SessionCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Delete_that_fails_between_definition_and_list_is_finished_when_it_is_repeated()
    {
        var client = _cluster.Cluster.Client;
        var directory = client.GetGrain<IDefinitionDirectoryGrain>(DirectoryKey.Environments);
        await directory.AddAsync("env_1", DateTimeOffset.UnixEpoch);

        await Assert.ThrowsAsync<DefinitionNotFoundException>(
            () => client.GetGrain<IEnvironmentGrain>("env_1").DeleteAsync());

        Assert.DoesNotContain("env_1", (await directory.ListAsync(new DirectoryQuery())).Ids);
    }
}
