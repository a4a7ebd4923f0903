using System.Net;
using System.Net.Sockets;
using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Network;
using Microsoft.Extensions.Logging.Abstractions;

namespace Colloquy.SandboxHost.Tests.Network;

public sealed class SandboxNetworksTests
{
    [Fact]
    public void Gateway_is_an_http_address_or_a_socket()
    {
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 81), GatewayAddress.Parse("http://127.0.0.1:81"));
        Assert.Equal(new IPEndPoint(IPAddress.IPv6Loopback, 80), GatewayAddress.Parse("http://[::1]/"));
        Assert.Equal(new DnsEndPoint("gateway", 81), GatewayAddress.Parse("http://gateway:81"));
        Assert.Equal(new UnixDomainSocketEndPoint("/run/g"), GatewayAddress.Parse("unix:/run/g"));
    }

    [Theory]
    [InlineData("https://127.0.0.1:81")]
    [InlineData("http://127.0.0.1:81/v1")]
    [InlineData("http://user@127.0.0.1:81")]
    [InlineData("127.0.0.1:81")]
    [InlineData("unix:relative")]
    [InlineData("")]
    public void Other_gateways_are_refused(string url) => Assert.Contains(
        "http://HOST:PORT", Assert.Throws<ArgumentException>(() => GatewayAddress.Parse(url)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(null, null, NetworkMode.None)]
    [InlineData("unix:/g", null, NetworkMode.Gateway)]
    [InlineData("unix:/g", NetworkMode.None, NetworkMode.None)]
    [InlineData(null, NetworkMode.Open, NetworkMode.Open)]
    public void Default_is_the_gateway_where_there_is_one(string? gateway, NetworkMode? option, NetworkMode expected) =>
        Assert.Equal(expected, Networks(gateway, option).Default);

    [Fact]
    public void Options_that_contradict_each_other_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Networks(null, NetworkMode.Gateway));
        Assert.Throws<ArgumentException>(() => Networks("unix:/g", null, isolation: IsolationMode.None));
        Assert.Throws<ArgumentException>(() => Networks(null, null, port: 49983));
    }

    [Fact]
    public void What_the_host_cannot_do_is_refused_with_what_to_do()
    {
        var networks = Networks(null, null, slirpMissing: "install slirp4netns");
        networks.Demand(NetworkMode.None);
        Assert.Contains("GatewayUrl", Assert.Throws<ApiException>(() => networks.Demand(NetworkMode.Gateway)).Message, StringComparison.Ordinal);
        Assert.Contains("GatewayUrl", Assert.Throws<ApiException>(() => Networks(null).Demand(NetworkMode.Open, gateway: true)).Message, StringComparison.Ordinal);
        var open = Assert.Throws<ApiException>(() => networks.Demand(NetworkMode.Open));
        Assert.Equal(400, open.Status);
        Assert.Contains("install slirp4netns", open.Message, StringComparison.Ordinal);
        Assert.Equal(
            "none, no gateway (GatewayUrl is not set), not open (install slirp4netns); default: none", networks.ToString());
    }

    [Fact]
    public void Commands_are_told_where_the_gateway_is()
    {
        Assert.Equal("http://127.0.0.1:49984", Networks("unix:/g").Environment(NetworkMode.Gateway)["COLLOQUY_GATEWAY_URL"]);
        Assert.Equal("http://127.0.0.1:49984", Networks("unix:/g").Environment(NetworkMode.Open)["COLLOQUY_GATEWAY_URL"]);
        Assert.Empty(Networks("unix:/g").Environment(NetworkMode.None));
        Assert.Empty(Networks(null).Environment(NetworkMode.Open));
        Assert.Equal(
            "http://127.0.0.1:81",
            Networks("http://127.0.0.1:81", isolation: IsolationMode.None).Environment(NetworkMode.Gateway)["COLLOQUY_GATEWAY_URL"]);
    }

    internal static SandboxNetworks Networks(
        string? gateway,
        NetworkMode? option = null,
        string? slirpMissing = null,
        IsolationMode isolation = IsolationMode.Bubblewrap,
        int port = 49984)
    {
        var options = new SandboxHostOptions
        {
            DataFolder = "/unused",
            ApiKey = "unused",
            IsolationMode = isolation,
            GatewayUrl = gateway,
            GatewayPort = port,
            DefaultNetwork = option,
        };
        return new SandboxNetworks(options, slirpMissing, TimeProvider.System, NullLogger<SandboxNetworks>.Instance);
    }
}
