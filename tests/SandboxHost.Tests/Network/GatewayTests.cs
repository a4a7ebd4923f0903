using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Colloquy.SandboxHost.Network;
using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests.Network;

/// <summary>Sandboxes that reach the model gateway and nothing else; everything is tried from inside.</summary>
public sealed class GatewayTests : IAsyncLifetime
{
    private const int Port = 49984;
    private static readonly object OnlyGateway = new { network = new { allowOut = new[] { "gateway.internal" }, denyOut = new[] { "0.0.0.0/0" } } };

    private readonly EchoServer _gateway = EchoServer.OnLoopback();
    private TestHost _host = null!;

    public async ValueTask InitializeAsync() =>
        _host = await TestHost.StartAsync(configure: options => options.GatewayUrl = $"http://127.0.0.1:{_gateway.Port}");

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _gateway.DisposeAsync();
    }

    [Fact]
    public async Task Gateway_is_at_a_port_of_the_own_loopback()
    {
        var sandbox = await _host.CreateAsync(OnlyGateway);
        Assert.Equal("hello\n", (await sandbox.RunAsync(Talk.Say("127.0.0.1", Port, "hello"))).Stdout);
        Assert.Equal($"http://127.0.0.1:{Port}\n", (await sandbox.RunAsync("echo $COLLOQUY_GATEWAY_URL")).Stdout);
    }

    [Fact]
    public async Task Every_byte_is_relayed_both_ways_and_so_is_the_end()
    {
        var sandbox = await _host.CreateAsync();
        var result = await sandbox.RunAsync(
            $"head -c 3000000 /usr/bin/perl | md5sum; head -c 3000000 /usr/bin/perl | {Talk.SendAll(Port)} | md5sum");
        Assert.Equal("", result.Stderr);
        var sums = result.Stdout.Split('\n');
        Assert.Equal(sums[0], sums[1]);
    }

    [Fact]
    public async Task Gateway_may_listen_on_a_socket_in_the_file_system()
    {
        var folder = Directory.CreateTempSubdirectory("gateway-");
        var path = Path.Combine(folder.FullName, "socket");
        await using (new EchoServer(new UnixDomainSocketEndPoint(path)))
        {
            await using var host = await TestHost.StartAsync(configure: options =>
            {
                options.GatewayUrl = $"unix:{path}";
                options.GatewayPort = 81;
            });
            var sandbox = await host.CreateAsync();
            Assert.Equal("hello\n", (await sandbox.RunAsync(Talk.Say("127.0.0.1", 81, "hello"))).Stdout);
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Nothing_else_is_reached()
    {
        await using var other = EchoServer.OnLoopback();
        var neighbour = await _host.CreateAsync();
        using var server = await InnerServer.StartAsync(neighbour, 8080);
        var sandbox = await _host.CreateAsync(OnlyGateway);
        var result = await sandbox.RunAsync(
            $"""
            {Talk.Say("127.0.0.1", other.Port, "x")} | grep -cm1 refused
            {Talk.Say("127.0.0.1", _gateway.Port, "x")} | grep -cm1 refused
            {Talk.Say("127.0.0.1", 8080, "x")} | grep -cm1 refused
            {Talk.Say("10.0.2.2", other.Port, "x")} | grep -cm1 unreachable
            {Talk.Say("1.1.1.1", 80, "x")} | grep -cm1 unreachable
            tail -n +3 /proc/net/dev | cut -d: -f1
            """);
        Assert.Equal("1\n1\n1\n1\n1\n    lo\n", result.Stdout, ignoreAllWhiteSpace: true);
        Assert.Equal(0, other.Connections);
    }

    [Fact]
    public async Task Sandbox_without_a_network_has_no_gateway()
    {
        var sandbox = await _host.CreateAsync(new { allow_internet_access = false });
        var result = await sandbox.RunAsync($"{Talk.Say("127.0.0.1", Port, "x")}; echo \"<$COLLOQUY_GATEWAY_URL>\"");
        Assert.Contains("refused", result.Stdout, StringComparison.Ordinal);
        Assert.EndsWith("<>\n", result.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sandbox_with_the_internet_has_the_gateway_as_well()
    {
        Assert.SkipWhen(Slirp.Missing() is not null, $"This machine has no open network: {Slirp.Missing()}");
        var sandbox = await _host.CreateAsync(new { allow_internet_access = true, network = new { allowOut = new[] { "gateway.internal" } } });

        var result = await sandbox.RunAsync($"{Talk.Say("127.0.0.1", Port, "hello")}; echo $COLLOQUY_GATEWAY_URL; tail -n +3 /proc/net/dev | grep -o tap0");

        Assert.Equal($"hello\nhttp://127.0.0.1:{Port}\ntap0\n", result.Stdout);
    }

    [Fact]
    public async Task Host_without_a_gateway_says_what_to_set()
    {
        await using var host = await TestHost.StartAsync();

        var refused = await host.JsonAsync(
            HttpMethod.Post, "/v2/sandboxes",
            """{"templateID":"base","allow_internet_access":true,"network":{"allowOut":["gateway.internal"]}}""", HttpStatusCode.BadRequest);

        Assert.Contains("SandboxHost:GatewayUrl", (string)refused["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gateway_cannot_be_called_through_a_sandbox()
    {
        var sandbox = await _host.CreateAsync(OnlyGateway);
        using var request = sandbox.PortRequest(HttpMethod.Get, Port, "/");
        using var response = await _host.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal(0, _gateway.Connections);
    }

    [Fact]
    public async Task Gateway_that_is_down_shows_as_a_closed_connection_until_it_is_up()
    {
        var sandbox = await _host.CreateAsync(OnlyGateway);
        var address = new IPEndPoint(IPAddress.Loopback, _gateway.Port);
        await _gateway.DisposeAsync();
        Assert.DoesNotContain("hello", (await sandbox.RunAsync(Talk.Say("127.0.0.1", Port, "hello"))).Stdout, StringComparison.Ordinal);
        await using var again = new EchoServer(address);
        Assert.Equal("hello\n", (await sandbox.RunAsync(Talk.Say("127.0.0.1", Port, "hello"))).Stdout);
    }

    [Fact]
    public async Task Connections_end_with_the_sandbox()
    {
        var sandbox = await _host.CreateAsync(OnlyGateway);
        using var stream = await sandbox.ShellAsync($"exec bash -c 'exec 3<>/dev/tcp/127.0.0.1/{Port}; echo up >&3; cat <&3'");
        await stream.StartedAsync();
        Assert.Equal("up\n", await stream.NextOutputAsync());
        await _host.JsonAsync(HttpMethod.Delete, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.NoContent);
        // Waits for every connection that it has.
        await _gateway.DisposeAsync();
    }

    [Fact]
    public async Task Rules_that_the_host_does_not_know_create_nothing()
    {
        using var response = await _host.ControlAsync(
            HttpMethod.Post, "/v2/sandboxes", """{"templateID":"base","network":{"denyOut":["10.0.0.0/8"]}}""");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(_host.DataFolder, "sandboxes")));
    }

    [Fact]
    public async Task Ports_of_a_sandbox_that_is_not_public_ask_for_its_traffic_token()
    {
        var cancel = TestContext.Current.CancellationToken;
        var created = await _host.JsonAsync(
            HttpMethod.Post, "/v2/sandboxes", """{"templateID":"base","network":{"allowPublicTraffic":false}}""", HttpStatusCode.Created);
        var sandbox = new TestSandbox(_host.Http, (string)created["sandboxID"]!, (string)created["envdAccessToken"]!);
        using var server = await InnerServer.StartAsync(sandbox, 8080);

        using var without = sandbox.PortRequest(HttpMethod.Get, 8080, "/");
        using var refused = await _host.Http.SendAsync(without, cancel);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        var body = (await refused.Content.ReadFromJsonAsync<JsonNode>(cancel))!;
        Assert.Contains("e2b-traffic-access-token", (string?)body["message"], StringComparison.Ordinal);

        using var with = sandbox.PortRequest(HttpMethod.Get, 8080, "/");
        with.Headers.Add("e2b-traffic-access-token", (string)created["trafficAccessToken"]!);
        using var passed = await _host.Http.SendAsync(with, cancel);
        Assert.DoesNotContain("e2b-", await passed.Content.ReadAsStringAsync(cancel), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.OK, passed.StatusCode);
        Assert.NotEqual((string)created["envdAccessToken"]!, (string)created["trafficAccessToken"]!);
    }
}
