using System.Text.Json;
using Colloquy.Environments;
using Colloquy.Grains.Sandboxes;
using Colloquy.Silo.Sandboxes.E2B;
using Xunit;

namespace Colloquy.Silo.Sandboxes;

public sealed class E2BReachTests
{
    private const string Public = "gateway.example";
    private static readonly SandboxNetwork Hosts = new(false, ["packages.example", "*.packages.example"]);

    [Fact]
    public void Nothing_said_says_nothing() => Assert.Equal("{}", Sent(null, null));

    [Theory]
    [InlineData(false, null, """{"allow_internet_access":false}""")]
    [InlineData(true, null, """{"network":{"allowOut":["gateway.internal"],"denyOut":["0.0.0.0/0"]}}""")]
    [InlineData(true, Public, """{"network":{"allowOut":["gateway.example"],"denyOut":["0.0.0.0/0"]}}""")]
    public void Closed_network_leads_to_the_gateway_at_most(bool gateway, string? url, string expected) =>
        Assert.Equal(expected, Sent(new SandboxReach(gateway, SandboxNetwork.Closed), url));

    [Theory]
    [InlineData(false, null, """{"allow_internet_access":true}""")]
    [InlineData(true, null, """{"allow_internet_access":true,"network":{"allowOut":["gateway.internal"]}}""")]
    [InlineData(true, Public, """{"allow_internet_access":true}""")]
    public void Open_network_leads_to_the_gateway_as_well(bool gateway, string? url, string expected) =>
        Assert.Equal(expected, Sent(new SandboxReach(gateway, SandboxNetwork.Open), url));

    [Theory]
    [InlineData(false, null, """{"network":{"allowOut":["packages.example","*.packages.example"],"denyOut":["0.0.0.0/0"]}}""")]
    [InlineData(true, null, """{"network":{"allowOut":["gateway.internal","packages.example","*.packages.example"],"denyOut":["0.0.0.0/0"]}}""")]
    [InlineData(true, Public, """{"network":{"allowOut":["gateway.example","packages.example","*.packages.example"],"denyOut":["0.0.0.0/0"]}}""")]
    public void Allowed_hosts_are_all_but_the_gateway(bool gateway, string? url, string expected) =>
        Assert.Equal(expected, Sent(new SandboxReach(gateway, Hosts), url));

    private static string Sent(SandboxReach? reach, string? publicGateway)
    {
        var request = new E2BCreate("base", 1, true, false, new Dictionary<string, string>()).Reaching(reach, publicGateway);
        var sent = JsonSerializer.SerializeToNode(request, E2BJson.Default.E2BCreate)!.AsObject();
        foreach (var always in (string[])["templateID", "timeout", "autoPause", "autoPauseMemory", "metadata"])
        {
            sent.Remove(always);
        }

        return sent.ToJsonString();
    }
}
