using System.Text.Json;
using Colloquy.SandboxHost.ControlPlane;
using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Network;

namespace Colloquy.SandboxHost.Tests.Network;

public sealed class NetworkRulesTests
{
    [Theory]
    [InlineData("{}", null)]
    [InlineData("""{"network":{}}""", null)]
    [InlineData("""{"network":{"allowOut":[],"denyOut":[],"egressProxy":null}}""", null)]
    [InlineData("""{"allow_internet_access":true}""", NetworkMode.Open)]
    [InlineData("""{"allow_internet_access":false}""", NetworkMode.None)]
    [InlineData("""{"network":{"denyOut":["0.0.0.0/0"]}}""", NetworkMode.None)]
    [InlineData("""{"network":{"allowOut":["g"],"denyOut":["0.0.0.0/0"]}}""", NetworkMode.Gateway, true)]
    [InlineData("""{"allow_internet_access":false,"network":{"allowOut":["g"]}}""", NetworkMode.Gateway, true)]
    [InlineData("""{"allow_internet_access":true,"network":{"allowOut":["g"]}}""", NetworkMode.Open, true)]
    public void Rules_name_a_mode(string body, NetworkMode? mode, bool needsGateway = false) =>
        Assert.Equal(new NetworkRules(mode, needsGateway, IsPublic: true), Parse(body));

    [Theory]
    [InlineData("""{"network":{"allowOut":["g"]}}""")]
    [InlineData("""{"allow_internet_access":true,"network":{"allowOut":["g","other"]}}""")]
    [InlineData("""{"network":{"denyOut":["10.0.0.0/8"]}}""")]
    [InlineData("""{"allow_internet_access":true,"network":{"denyOut":["0.0.0.0/0"]}}""")]
    [InlineData("""{"network":{"maskRequestHost":"x"}}""")]
    [InlineData("""{"network":{"rules":{}}}""")]
    public void Other_rules_are_refused_with_what_is_known(string body)
    {
        var refused = Assert.Throws<ApiException>(() => Parse(body));
        Assert.Equal(400, refused.Status);
        Assert.Contains("""{"allowOut":["g"],"denyOut":["0.0.0.0/0"]}""", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"network":{"allowOut":["packages.example"],"denyOut":["0.0.0.0/0"]}}""")]
    [InlineData("""{"network":{"allowOut":["g","packages.example"],"denyOut":["0.0.0.0/0"]}}""")]
    public void Hosts_that_cannot_be_told_apart_are_named(string body)
    {
        var refused = Assert.Throws<ApiException>(() => Parse(body));
        Assert.Equal(400, refused.Status);
        Assert.Contains("cannot let a sandbox reach certain hosts only (packages.example)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ports_are_public_unless_the_request_says_otherwise() =>
        Assert.Equal(
            new NetworkRules(NetworkMode.None, NeedsGateway: false, IsPublic: false),
            Parse("""{"allow_internet_access":false,"network":{"allowPublicTraffic":false}}"""));

    private static NetworkRules Parse(string json)
    {
        var body = JsonSerializer.Deserialize(json, ControlPlaneJson.Default.CreateBody)!;
        return NetworkRules.Parse(body.AllowInternetAccess, body.Network, "g");
    }
}
