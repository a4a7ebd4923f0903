using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Colloquy.SandboxHost.Linux;
using Colloquy.SandboxHost.Network;
using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests.Network;

/// <summary>Sandboxes with the internet; everything is tried from inside.</summary>
public sealed class OpenNetworkTests(SharedHost shared)
{
    [Fact]
    public async Task Other_addresses_of_the_host_are_reached()
    {
        var address = NetworkInterface.GetAllNetworkInterfaces()
            .Where(one => one.NetworkInterfaceType != NetworkInterfaceType.Loopback && one.OperationalStatus == OperationalStatus.Up)
            .SelectMany(one => one.GetIPProperties().UnicastAddresses)
            .FirstOrDefault(one => one.Address.AddressFamily == AddressFamily.InterNetwork)?.Address;
        Assert.SkipWhen(address is null, "This machine has no address but its loopback.");
        await using var server = new EchoServer(new IPEndPoint(address, 0));
        var sandbox = await CreateAsync();
        Assert.Equal("hello\n", (await sandbox.RunAsync(Talk.Say(address.ToString(), server.Port, "hello"))).Stdout);
    }

    [Fact]
    public async Task Route_and_name_server_lead_outside()
    {
        var sandbox = await CreateAsync();
        var result = await sandbox.RunAsync("cat /etc/resolv.conf; awk '$2 == \"00000000\" { print $1, $3 }' /proc/net/route");
        Assert.Equal("nameserver 10.0.2.3\ntap0 0202000A\n", result.Stdout);
        var details = await shared.Host.JsonAsync(HttpMethod.Get, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.OK);
        Assert.True((bool?)details["allowInternetAccess"]);
    }

    [Fact]
    public async Task Loopback_of_the_host_and_credentials_of_its_cloud_are_not_reached()
    {
        await using var server = EchoServer.OnLoopback();
        var sandbox = await CreateAsync();
        var result = await sandbox.RunAsync(
            $"""
            {Talk.Say("127.0.0.1", server.Port, "x")} | grep -cm1 refused
            {Talk.Say("10.0.2.2", server.Port, "x")} | grep -cm1 unreachable
            {Talk.Say("10.0.2.3", server.Port, "x")} | grep -cm1 unreachable
            {Talk.Say("169.254.169.254", 80, "x")} | grep -Ecm1 'unreachable|No route'
            """);
        Assert.Equal("1\n1\n1\n1\n", result.Stdout);
        Assert.Equal(0, server.Connections);
    }

    [Fact]
    public async Task Server_inside_is_reached_like_any_other()
    {
        var sandbox = await CreateAsync();
        using var server = await InnerServer.StartAsync(sandbox, 8080);
        using var request = sandbox.PortRequest(HttpMethod.Get, 8080, "/");
        using var response = await shared.Host.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Nothing_of_it_outlives_the_sandbox()
    {
        var sandbox = await CreateAsync();
        var keeper = SlirpRecord.Read(shared.Host.FolderOf(sandbox))!;
        Assert.Equal(keeper.StartTime, ProcessTable.StartTime(keeper.Pid));
        var slirp = InnerNamespace.ChildOf(keeper.Pid);
        await shared.Host.JsonAsync(HttpMethod.Delete, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.NoContent);
        await InnerNamespace.EndOfAsync(keeper.Pid);
        await InnerNamespace.EndOfAsync(slirp);
    }

    private Task<TestSandbox> CreateAsync()
    {
        Assert.SkipWhen(Slirp.Missing() is not null, $"This machine has no open network: {Slirp.Missing()}");
        return shared.Host.CreateAsync(new { allow_internet_access = true });
    }
}
