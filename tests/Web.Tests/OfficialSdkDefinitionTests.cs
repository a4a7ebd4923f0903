using Anthropic;
using Anthropic.Exceptions;
using Anthropic.Models.Beta.Agents;
using Anthropic.Models.Beta.Environments;
using Anthropic.Models.Beta.Sessions;

namespace Colloquy.Web.Tests;

/// <summary>Agents and environments as a program with the official SDK sees them, with every object validated.</summary>
public sealed class OfficialSdkDefinitionTests(WholeServer server) : IClassFixture<WholeServer>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sdk_makes_changes_lists_and_archives_agents()
    {
        using AnthropicClient client = new() { ApiKey = "sk-none", BaseUrl = server.Url };
        var agent = await client.Beta.Agents.Create(
            new AgentCreateParams
            {
                Name = "a",
                Model = new BetaManagedAgentsModelConfigParams { ID = "claude-opus-5-5" },
                System = "s",
                Tools = [new BetaManagedAgentsAgentToolset20260401Params()],
                Metadata = new Dictionary<string, string> { ["a"] = "b" },
            },
            Stop);
        agent.Validate();

        var updated = await client.Beta.Agents.Update(agent.ID, new AgentUpdateParams { Version = 1, System = "t" }, Stop);
        updated.Validate();
        Assert.Equal((2, "t", "a"), (updated.Version, updated.System, updated.Name));
        await Assert.ThrowsAnyAsync<AnthropicApiException>(
            () => client.Beta.Agents.Update(agent.ID, new AgentUpdateParams { Version = 1, System = "u" }, Stop));
        var first = await client.Beta.Agents.Retrieve(agent.ID, new AgentRetrieveParams { Version = 1 }, Stop);
        first.Validate();
        Assert.Equal("s", first.System);
        var listed = new List<string>();
        await foreach (var one in (await client.Beta.Agents.List(new AgentListParams { Limit = 2 }, Stop)).Paginate(Stop))
        {
            one.Validate();
            listed.Add(one.ID);
        }

        Assert.Contains(agent.ID, listed);
        Assert.Contains("agent_offline", listed);
        var versions = await client.Beta.Agents.Versions.List(agent.ID, cancellationToken: Stop);
        versions.Validate();
        Assert.Equal([2, 1], versions.Items.Select(version => version.Version));
        var archived = await client.Beta.Agents.Archive(agent.ID, cancellationToken: Stop);
        archived.Validate();
        Assert.NotNull(archived.ArchivedAt);
    }

    [Fact]
    public async Task Sdk_makes_changes_lists_and_deletes_environments()
    {
        using AnthropicClient client = new() { ApiKey = "sk-none", BaseUrl = server.Url };
        var environment = await client.Beta.Environments.Create(new EnvironmentCreateParams { Name = "e" }, Stop);
        environment.Validate();

        var updated = await client.Beta.Environments.Update(environment.ID, new EnvironmentUpdateParams
        {
            Description = "d",
            Config = new BetaCloudConfigParams { Networking = new BetaUnrestrictedNetwork() },
        }, Stop);
        updated.Validate();
        Assert.Equal("d", updated.Description);
        await foreach (var one in (await client.Beta.Environments.List(cancellationToken: Stop)).Paginate(Stop))
        {
            one.Validate();
        }

        (await client.Beta.Environments.Retrieve(environment.ID, cancellationToken: Stop)).Validate();
        (await client.Beta.Environments.Archive(environment.ID, cancellationToken: Stop)).Validate();
        (await client.Beta.Environments.Delete(environment.ID, cancellationToken: Stop)).Validate();
        await Assert.ThrowsAnyAsync<AnthropicNotFoundException>(
            () => client.Beta.Environments.Retrieve(environment.ID, cancellationToken: Stop));
    }

    [Fact]
    public async Task Sdk_creates_a_session_of_its_own_definitions()
    {
        using AnthropicClient client = new() { ApiKey = "sk-none", BaseUrl = server.Url };
        var (_, agent) = await server.SendAsync(
            HttpMethod.Post, "/v1/agents", """
            {"name":"a","model":"offline-1","runtime":"offline","tools":[{"type":"agent_toolset_20260401","configs":[
             {"name":"bash","permission_policy":{"type":"always_ask"}},{"name":"web_search","enabled":false},{"name":"glob"}]}],
             "mcp_servers":[{"type":"url","name":"x","url":"https://x.example"}]}
            """, Stop);
        var environment = await client.Beta.Environments.Create(new EnvironmentCreateParams { Name = "e" }, Stop);

        var session = await client.Beta.Sessions.Create(
            new SessionCreateParams { Agent = agent.GetProperty("id").GetString()!, EnvironmentID = environment.ID }, Stop);
        session.Validate();
        (await client.Beta.Sessions.Retrieve(session.ID, cancellationToken: Stop)).Validate();
        await foreach (var one in (await client.Beta.Sessions.List(cancellationToken: Stop)).Paginate(Stop))
        {
            one.Validate();
        }

        Assert.Equal(environment.ID, session.EnvironmentID);
        Assert.Equal(2, session.Agent.Tools.Count);
    }
}
