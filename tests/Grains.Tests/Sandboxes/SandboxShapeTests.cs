using Colloquy.Agents;
using Colloquy.Environments;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Sandboxes;
using Xunit;

namespace Colloquy.Grains.Tests.Sandboxes;

public sealed class SandboxShapeTests
{
    private static readonly SandboxLeaseOptions Options = new() { Template = "server" };
    private static readonly ModelAccessOptions Gateway = new();
    private static readonly SandboxNetwork Hosts = new(false, ["packages.example"]);

    [Theory]
    [InlineData("mine", "claude", "mine")]
    [InlineData(null, "claude", "claude")]
    [InlineData(null, null, "server")]
    public void Template_is_what_the_environment_says_else_what_the_agent_needs(string? asked, string? needed, string expected) =>
        Assert.Equal(expected, Of(SandboxSettings.Default with { Template = asked }, new Runtime(needed, false)).Template);

    [Theory]
    [InlineData(null, "colloquy-claude")]
    [InlineData("claude", "claude")]
    public void Template_of_an_agent_is_called_as_its_provider_calls_it(string? asked, string expected)
    {
        var options = Options with { Templates = new Dictionary<string, string> { ["claude"] = "colloquy-claude" } };

        var settings = SandboxSettings.Default with { Template = asked };

        Assert.Equal(expected, SandboxShape.Of(settings, Claude, Gateway, options).Template);
    }

    [Fact]
    public void Agent_without_models_reaches_what_the_environment_says()
    {
        Assert.Equal(new SandboxReach(false, SandboxNetwork.Closed), Of(SandboxSettings.Default, Offline).Reach);
        Assert.Equal(new SandboxReach(false, Hosts), Of(SandboxSettings.Default with { Network = Hosts }, Offline).Reach);
    }

    [Fact]
    public void Agent_with_models_reaches_the_gateway_beside_that()
    {
        Assert.Equal(new SandboxReach(true, SandboxNetwork.Closed), Of(SandboxSettings.Default, Claude).Reach);
        Assert.Equal(new SandboxReach(true, SandboxNetwork.Open), Of(SandboxSettings.Default with { Network = SandboxNetwork.Open }, Claude).Reach);
    }

    [Fact]
    public void Agent_that_may_do_without_models_needs_no_gateway_where_there_are_none() => Assert.Equal(
        new SandboxReach(false, Hosts),
        Of(SandboxSettings.Default with { Network = Hosts }, Claude, new() { Missing = "no key" }).Reach);

    [Theory]
    [InlineData("https://api.anthropic.com", "api.anthropic.com")]
    [InlineData("https://models.example:8443/v1", "models.example")]
    public void Agent_with_the_providers_key_reaches_the_provider_and_no_gateway(string url, string host)
    {
        var direct = new ModelAccessOptions { Direct = new ModelAccess(true, url, "key", false) };

        var closed = Of(SandboxSettings.Default with { Network = Hosts }, Claude, direct).Reach;

        Assert.False(closed.ModelGateway);
        Assert.False(closed.Network.Unrestricted);
        Assert.Equal(["packages.example", host], closed.Network.AllowedHosts);
        Assert.Equal(new SandboxReach(false, SandboxNetwork.Open), Of(SandboxSettings.Default with { Network = SandboxNetwork.Open }, Claude, direct).Reach);
        Assert.Equal(new SandboxReach(false, SandboxNetwork.Closed), Of(SandboxSettings.Default, Offline, direct).Reach);
    }

    private static Runtime Offline => new(null, false);

    private static Runtime Claude => new("claude", true);

    private static SandboxShape Of(SandboxSettings settings, Runtime runtime, ModelAccessOptions? models = null) =>
        SandboxShape.Of(settings, runtime, models ?? Gateway, Options);

    private sealed record Runtime(string? Template, bool CallsModels) : IAgentRuntime
    {
        public string Kind => "any";

        public string? Missing => null;

        public AgentRun Prepare(AgentDefinition agent, AgentTurn turn) => throw new NotSupportedException();
    }
}
