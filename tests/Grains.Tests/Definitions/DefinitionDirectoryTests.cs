using Colloquy.Definitions;
using Colloquy.Grains.Tests.Fakes;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Definitions;

public sealed class DefinitionDirectoryTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);

    private SessionCluster _cluster = null!;

    private IDefinitionDirectoryGrain Environments =>
        _cluster.Cluster.Client.GetGrain<IDefinitionDirectoryGrain>(DirectoryKey.Environments);

    public async ValueTask InitializeAsync() => _cluster = await SessionCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Pages_are_newest_first_and_end_with_the_built_in()
    {
        await AddAsync(5);

        var first = await Environments.ListAsync(new DirectoryQuery(Limit: 2));
        await Environments.AddAsync("env_later", Start);
        await Environments.RemoveAsync("env_3");
        var second = await Environments.ListAsync(new DirectoryQuery(first.Next, 2));
        var third = await Environments.ListAsync(new DirectoryQuery(second.Next, 2));

        Assert.Equal(["env_4", "env_3"], first.Ids);
        Assert.Equal(["env_2", "env_1"], second.Ids);
        Assert.Equal(["env_0", BuiltIn.DefaultEnvironment], third.Ids);
        Assert.Null(third.Next);
    }

    [Fact]
    public async Task Filters_leave_out_what_is_archived_or_of_another_time()
    {
        await AddAsync(4);
        await Environments.MarkArchivedAsync("env_2");

        var some = await Environments.ListAsync(new DirectoryQuery(From: Start.AddHours(1), Until: Start.AddHours(2)));
        var all = await Environments.ListAsync(new DirectoryQuery(IncludeArchived: true));

        Assert.Equal(["env_1"], some.Ids);
        Assert.Contains("env_2", all.Ids);
    }

    [Fact]
    public async Task Number_of_a_removed_entry_is_not_used_again()
    {
        await AddAsync(2);
        var page = await Environments.ListAsync(new DirectoryQuery(Limit: 1));
        await Environments.RemoveAsync("env_1");

        await Environments.AddAsync("env_new", Start);

        Assert.Equal("env_0", (await Environments.ListAsync(new DirectoryQuery(page.Next))).Ids[0]);
    }

    [Fact]
    public async Task Cursor_of_another_kind_is_refused()
    {
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => Environments.ListAsync(new DirectoryQuery("abc")));

        Assert.Equal("page", error.Field);
    }

    private async Task AddAsync(int count)
    {
        for (var number = 0; number < count; number++)
        {
            await Environments.AddAsync($"env_{number}", Start.AddHours(number));
        }
    }
}
