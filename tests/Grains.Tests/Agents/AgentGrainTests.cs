using Colloquy.Agents;
using Colloquy.Definitions;
using Colloquy.Grains.Sessions;
using Colloquy.Grains.Tests.Fakes;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Agents;

public sealed class AgentGrainTests : IAsyncLifetime
{
    private static readonly AgentDefinition Draft = new("", 0, "Helper", AgentRuntime.Offline, "offline-1")
    {
        System = "one",
        TurnTimeout = TimeSpan.FromSeconds(42),
    };

    private SessionCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await SessionCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Versions_are_kept_as_they_were()
    {
        var agent = Agent("agent_1");
        var first = await agent.CreateAsync(Draft);

        var second = await agent.UpdateAsync(first with { System = "two" });
        var third = await agent.UpdateAsync(second with { System = "three", Name = "Other" });

        Assert.Equal(["three", "two", "one"], (await agent.ListVersionsAsync(null, 10)).Select(one => one.System));
        Assert.Equal(["one"], (await agent.ListVersionsAsync(2, 10)).Select(one => one.System));
        Assert.Equal(("two", "Helper"), ((await agent.GetAsync(2)).System, (await agent.GetAsync(2)).Name));
        Assert.Equal((3, first.CreatedAt), (third.Version, third.CreatedAt));
        await Assert.ThrowsAsync<DefinitionNotFoundException>(() => agent.GetAsync(4));
        await Assert.ThrowsAsync<DefinitionNotFoundException>(() => agent.GetAsync(0));
    }

    [Fact]
    public async Task Definition_survives_its_activation()
    {
        var agent = Agent("agent_1");
        var created = await agent.CreateAsync(Draft);
        await agent.UpdateAsync(created with { System = "two" });

        await _cluster.Cluster.Client.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero, TestContext.Current.CancellationToken);

        Assert.Equal("two", (await agent.GetAsync(null)).System);
        Assert.Equal(["agent_1"], (await Directory().ListAsync(new DirectoryQuery(Limit: 1))).Ids);
    }

    [Fact]
    public async Task Version_that_was_overtaken_is_refused_and_changes_nothing()
    {
        var agent = Agent("agent_1");
        var first = await agent.CreateAsync(Draft);
        await agent.UpdateAsync(first with { System = "two" });

        var error = await Assert.ThrowsAsync<VersionConflictException>(() => agent.UpdateAsync(first with { System = "three" }));

        Assert.Contains("version is now 2", error.Message, StringComparison.Ordinal);
        Assert.Equal("two", (await agent.GetAsync(null)).System);
    }

    [Fact]
    public async Task Update_that_says_the_same_in_another_order_makes_no_version()
    {
        var agent = Agent("agent_1");
        var first = await agent.CreateAsync(
            Draft with { Variables = new Dictionary<string, string> { ["A"] = "1", ["B"] = "2" } });

        var same = await agent.UpdateAsync(
            first with { Variables = new Dictionary<string, string> { ["B"] = "2", ["A"] = "1" } });

        Assert.Equal((1, first.UpdatedAt), (same.Version, same.UpdatedAt));
    }

    [Fact]
    public async Task Versions_may_not_become_too_large_for_their_row()
    {
        var agent = Agent("agent_1");
        var last = await agent.CreateAsync(Draft with
        {
            Runtime = AgentRuntime.Command,
            Command = [.. Enumerable.Repeat(new string('x', 16_000), 250)],
        });
        for (var version = 2; version <= 4; version++)
        {
            last = await agent.UpdateAsync(last with { System = $"{version}" });
        }

        var error = await Assert.ThrowsAsync<InvalidInputException>(() => agent.UpdateAsync(last with { System = "5" }));

        Assert.Contains("16 MiB", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, (await agent.GetAsync(null)).Version);
    }

    [Fact]
    public async Task Archiving_is_of_all_versions_and_for_good()
    {
        var agent = Agent("agent_1");
        var first = await agent.CreateAsync(Draft);
        await agent.UpdateAsync(first with { System = "two" });

        var archived = await agent.ArchiveAsync();

        Assert.NotNull(archived.ArchivedAt);
        Assert.Equal(archived.ArchivedAt, (await agent.ArchiveAsync()).ArchivedAt);
        Assert.Equal(archived.ArchivedAt, (await agent.GetAsync(1)).ArchivedAt);
        await Assert.ThrowsAsync<DefinitionArchivedException>(() => agent.UpdateAsync(archived with { System = "three" }));
        Assert.DoesNotContain("agent_1", (await Directory().ListAsync(new DirectoryQuery())).Ids);
    }

    [Fact]
    public async Task Archived_agent_goes_on_in_its_sessions()
    {
        await Agent("agent_1").CreateAsync(Draft);
        var session = _cluster.Session("sesn_1");
        await session.CreateAsync(new CreateSession("agent_1"));
        await Agent("agent_1").ArchiveAsync();

        var process = await _cluster.AskAsync(session);
        process.Exit(0);
        await _cluster.IdleAsync();

        await Assert.ThrowsAsync<InvalidInputException>(
            () => _cluster.Session("sesn_2").CreateAsync(new CreateSession("agent_1")));
    }

    [Fact]
    public async Task Session_pins_version_timeout_and_environment()
    {
        var first = await Agent("agent_1").CreateAsync(Draft);
        await Agent("agent_1").UpdateAsync(first with { System = "two" });
        var network = new Colloquy.Environments.SandboxNetwork(false, ["a.example"]);
        await _cluster.Cluster.Client.GetGrain<Colloquy.Environments.IEnvironmentGrain>("env_1").CreateAsync(
            new Colloquy.Environments.EnvironmentDefinition("", "Lab")
            {
                Sandbox = new Colloquy.Environments.SandboxSettings("claude", network, new(2, null, null), TimeSpan.FromMinutes(5)),
            });

        await _cluster.Session("sesn_1").CreateAsync(new CreateSession("agent_1", "env_1") { AgentVersion = 1 });
        await _cluster.Session("sesn_2").CreateAsync(new CreateSession("agent_1", TurnTimeout: TimeSpan.FromSeconds(5)));

        var one = SessionStateJson.Read((await _cluster.Store.FindAsync(new SessionId("sesn_1"), CancellationToken.None))!);
        var two = SessionStateJson.Read((await _cluster.Store.FindAsync(new SessionId("sesn_2"), CancellationToken.None))!);
        Assert.Equal((1, Draft.TurnTimeout), (one.Agent.Version, one.TurnTimeout));
        Assert.Equal(("claude", 2), (one.Environment!.Template, one.Environment.Limits!.VCpus));
        Assert.Equal(["a.example"], one.Environment.Network.AllowedHosts);
        Assert.Equal((2, TimeSpan.FromSeconds(5)), (two.Agent.Version, two.TurnTimeout));
        Assert.False(two.Environment!.Network.Unrestricted);
    }

    [Fact]
    public async Task Create_that_fails_between_list_and_definition_is_not_lost_when_it_is_repeated()
    {
        await Directory().AddAsync("agent_1", DateTimeOffset.UnixEpoch);

        await Agent("agent_1").CreateAsync(Draft);
        await Agent("agent_1").CreateAsync(Draft);

        Assert.Single((await Directory().ListAsync(new DirectoryQuery())).Ids, id => id == "agent_1");
        await Assert.ThrowsAsync<IdempotencyConflictException>(() => Agent("agent_1").CreateAsync(Draft with { Name = "Other" }));
    }

    private IAgentGrain Agent(string id) => _cluster.Cluster.Client.GetGrain<IAgentGrain>(id);

    private IDefinitionDirectoryGrain Directory() =>
        _cluster.Cluster.Client.GetGrain<IDefinitionDirectoryGrain>(DirectoryKey.Agents);
}
