using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests.Network;

/// <summary>Servers inside sandboxes, called from outside.</summary>
public sealed class PortTests(SharedHost shared)
{
    private const int Port = 8080;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Server_inside_is_reached_by_headers_and_by_host()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var server = await InnerServer.StartAsync(sandbox, Port);

        using var byHeaders = sandbox.PortRequest(HttpMethod.Get, Port, "/a?b=c");
        Assert.StartsWith("GET /a?b=c HTTP/1.1", await TextAsync(byHeaders), StringComparison.Ordinal);

        using var byHost = new HttpRequestMessage(HttpMethod.Post, "/v2/sandboxes") { Content = new StringContent("body") };
        byHost.Headers.Host = $"{Port}-{sandbox.Id}.any.example:80";
        var seen = await TextAsync(byHost);
        Assert.StartsWith("POST /v2/sandboxes HTTP/1.1", seen, StringComparison.Ordinal);
        Assert.Contains($"Host: {byHost.Headers.Host}", seen, StringComparison.Ordinal);
        Assert.EndsWith("body", seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_leads_to_the_daemon_too()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health");
        request.Headers.Host = $"49983-{sandbox.Id}.localhost";
        using var response = await shared.Host.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    [Fact]
    public async Task Tokens_and_routing_headers_stay_outside()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var server = await InnerServer.StartAsync(sandbox, Port);
        using var request = sandbox.Request(HttpMethod.Get, "/");
        request.Headers.Host = $"{Port}-{sandbox.Id}.localhost";
        request.Headers.Add("X-API-KEY", TestHost.ApiKey);
        request.Headers.Add("X-Own", "kept");
        var seen = await TextAsync(request);
        Assert.Equal(
            ["Host", "X-Own"],
            seen.Split("\r\n", StringSplitOptions.RemoveEmptyEntries)[1..].Select(line => line.Split(':')[0]));

        using var own = sandbox.PortRequest(HttpMethod.Get, Port, "/");
        own.Headers.Add("X-API-KEY", "of the server inside");
        Assert.Contains("X-API-KEY: of the server inside", await TextAsync(own), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_is_passed_on_while_it_is_made()
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("mkfifo /tmp/go");
        using var server = await InnerServer.StartAsync(sandbox, Port);
        using var request = sandbox.PortRequest(HttpMethod.Get, Port, "/stream");
        using var response = await shared.Host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        await using var body = await response.Content.ReadAsStreamAsync(Cancel);
        var buffer = new byte[5];
        await body.ReadExactlyAsync(buffer, Cancel);
        Assert.Equal("first", Encoding.ASCII.GetString(buffer));
        await sandbox.RunAsync("echo >/tmp/go");
        using var rest = new StreamReader(body);
        Assert.Equal("second", await rest.ReadToEndAsync(Cancel));
    }

    [Fact]
    public async Task Websocket_is_passed_through()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var server = await InnerServer.StartAsync(sandbox, Port);
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("E2b-Sandbox-Id", sandbox.Id);
        socket.Options.SetRequestHeader("E2b-Sandbox-Port", "8080");
        await socket.ConnectAsync(new UriBuilder(shared.Host.Http.BaseAddress!) { Scheme = "ws" }.Uri, Cancel);
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Cancel);
        var buffer = new byte[16];
        var received = await socket.ReceiveAsync(buffer, Cancel);
        Assert.Equal("hello", Encoding.ASCII.GetString(buffer, 0, received.Count));
    }

    [Fact]
    public async Task Same_port_in_two_sandboxes_is_two_servers()
    {
        TestSandbox one = await shared.Host.CreateAsync(), two = await shared.Host.CreateAsync();
        using var serverOne = await InnerServer.StartAsync(one, Port, "one");
        using var serverTwo = await InnerServer.StartAsync(two, Port, "two");
        Assert.Equal(["one", "two", "one", "two"], [await NameAsync(one), await NameAsync(two), await NameAsync(one), await NameAsync(two)]);
    }

    [Fact]
    public async Task Server_on_the_other_loopback_is_reached()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var stream = await sandbox.ShellAsync(
            """
            exec perl -MSocket=:all -e 'socket S, AF_INET6, SOCK_STREAM, 0; setsockopt S, IPPROTO_IPV6, IPV6_V6ONLY, 1;
              bind S, pack_sockaddr_in6(8080, IN6ADDR_LOOPBACK) or die; listen S, 1; $| = 1; print "ready\n";
              accept C, S; while (<C>) { last if /^\r/ } print {*C} "HTTP/1.0 200 OK\r\n\r\nsix"; close C' 2>&1
            """);
        await stream.StartedAsync();
        Assert.Equal("ready\n", await stream.NextOutputAsync());
        using var request = sandbox.PortRequest(HttpMethod.Get, Port, "/");
        Assert.Equal("six", await TextAsync(request));
    }

    [Fact]
    public async Task Many_at_once_are_all_answered()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var server = await InnerServer.StartAsync(sandbox, Port);
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => NameAsync(sandbox))), name => Assert.Equal("inner", name));
    }

    [Theory]
    [InlineData(81)]
    [InlineData(65535)]
    public async Task Port_where_nothing_listens_is_said_to_be_closed(int port)
    {
        var sandbox = await shared.Host.CreateAsync();
        using var request = sandbox.PortRequest(HttpMethod.Get, port, "/");
        var body = await BadGatewayAsync(request);
        Assert.Equal("The sandbox is running but port is not open", (string?)body["message"]);
        Assert.Equal(port, (int?)body["port"]);
        Assert.Equal(502, (int?)body["code"]);
        Assert.Equal(sandbox.Id, (string?)body["sandboxId"]);
    }

    [Fact]
    public async Task Server_that_answers_nothing_is_told_from_a_closed_port()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var server = await InnerServer.StartAsync(sandbox, Port);
        using var request = sandbox.PortRequest(HttpMethod.Get, Port, "/break");
        var body = await BadGatewayAsync(request);
        Assert.Equal("The sandbox is running but its server broke the request off", (string?)body["message"]);
    }

    [Fact]
    public async Task Port_of_a_killed_sandbox_is_gone_and_an_open_answer_breaks()
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("mkfifo /tmp/go");
        using var server = await InnerServer.StartAsync(sandbox, Port);
        using var request = sandbox.PortRequest(HttpMethod.Get, Port, "/stream");
        using var response = await shared.Host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        await shared.Host.JsonAsync(HttpMethod.Delete, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.NoContent);

        await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync(Cancel));
        using var again = sandbox.PortRequest(HttpMethod.Get, Port, "/");
        Assert.Equal("The sandbox was not found", (string?)(await BadGatewayAsync(again))["message"]);
    }

    [Fact]
    public async Task Without_isolation_a_port_is_one_of_the_host()
    {
        await using var host = await TestHost.StartAsync(IsolationMode.None);
        var sandbox = await host.CreateAsync();
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        using var server = await InnerServer.StartAsync(sandbox, port);
        using var request = sandbox.PortRequest(HttpMethod.Get, port, "/x");
        using var response = await host.Http.SendAsync(request, Cancel);
        Assert.StartsWith("GET /x", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    private async Task<string> TextAsync(HttpRequestMessage request)
    {
        using var response = await shared.Host.Http.SendAsync(request, Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode} {text}");
        return text;
    }

    private async Task<string> NameAsync(TestSandbox sandbox)
    {
        using var request = sandbox.PortRequest(HttpMethod.Get, Port, "/");
        using var response = await shared.Host.Http.SendAsync(request, Cancel);
        return response.Headers.GetValues("X-Inner").Single();
    }

    private async Task<JsonNode> BadGatewayAsync(HttpRequestMessage request)
    {
        using var response = await shared.Host.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonNode>(Cancel))!;
    }
}
