using Colloquy.SandboxHost.Linux;
using Colloquy.SandboxHost.Network;

namespace Colloquy.SandboxHost.Tests.Network;

/// <summary>A sandbox runs on while one server ends and the next takes it over.</summary>
public sealed class NextServerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sandbox-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Gateway_is_there_again()
    {
        await using var gateway = EchoServer.OnLoopback();
        await using var inner = await InnerNamespace.StartAsync();
        for (var server = 0; server < 2; server++)
        {
            var networks = SandboxNetworksTests.Networks($"http://127.0.0.1:{gateway.Port}");
            using (await networks.OpenAsync(inner.Namespaces, NetworkMode.Gateway, _folder))
                Assert.Equal("hello\n", await inner.RunAsync(Talk.Say("127.0.0.1", 49984, "hello")));
            Assert.Contains("refused", await inner.RunAsync(Talk.Say("127.0.0.1", 49984, "hello")), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Port_that_a_command_took_meanwhile_is_said_to_be_taken()
    {
        await using var inner = await InnerNamespace.StartAsync();
        var networks = SandboxNetworksTests.Networks("unix:/unused");
        using var first = await networks.OpenAsync(inner.Namespaces, NetworkMode.Gateway, _folder);
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => networks.OpenAsync(inner.Namespaces, NetworkMode.Gateway, _folder));
        Assert.Contains("bind 127.0.0.1:49984: Address already in use", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_network_stays_and_is_made_again_if_it_was_lost()
    {
        SkipWithoutSlirp();
        await using var inner = await InnerNamespace.StartAsync();
        var networks = SandboxNetworksTests.Networks(null);
        (await networks.OpenAsync(inner.Namespaces, NetworkMode.Open, _folder)).Dispose();
        var first = SlirpRecord.Read(_folder)!;
        (await networks.OpenAsync(inner.Namespaces, NetworkMode.Open, _folder)).Dispose();
        Assert.Equal(first, SlirpRecord.Read(_folder));

        var slirp = InnerNamespace.ChildOf(first.Pid);
        ProcessTable.SignalIfSame(first.Pid, first.StartTime, LibC.SIGKILL);
        await InnerNamespace.EndOfAsync(slirp);
        Assert.DoesNotContain("tap0", await inner.RunAsync("cat /proc/net/dev"), StringComparison.Ordinal);
        (await networks.OpenAsync(inner.Namespaces, NetworkMode.Open, _folder)).Dispose();
        Assert.NotEqual(first, SlirpRecord.Read(_folder));
        Assert.Contains("tap0", await inner.RunAsync("cat /proc/net/dev"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keeper_of_an_earlier_run_does_not_count_though_it_has_not_ended_yet()
    {
        SkipWithoutSlirp();
        await using var earlier = await InnerNamespace.StartAsync();
        await using var inner = await InnerNamespace.StartAsync();
        var networks = SandboxNetworksTests.Networks(null);
        (await networks.OpenAsync(earlier.Namespaces, NetworkMode.Open, _folder)).Dispose();
        (await networks.OpenAsync(inner.Namespaces, NetworkMode.Open, _folder)).Dispose();
        Assert.Contains("tap0", await inner.RunAsync("cat /proc/net/dev"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_network_ends_with_the_sandbox_though_no_server_is_there()
    {
        SkipWithoutSlirp();
        int keeper, slirp;
        await using (var inner = await InnerNamespace.StartAsync())
        {
            (await SandboxNetworksTests.Networks(null).OpenAsync(inner.Namespaces, NetworkMode.Open, _folder)).Dispose();
            keeper = SlirpRecord.Read(_folder)!.Pid;
            slirp = InnerNamespace.ChildOf(keeper);
        }

        await InnerNamespace.EndOfAsync(keeper);
        await InnerNamespace.EndOfAsync(slirp);
    }

    [Fact]
    public async Task Failure_to_connect_says_why()
    {
        SkipWithoutSlirp();
        await using var inner = await InnerNamespace.StartAsync();
        var networks = SandboxNetworksTests.Networks(null);
        (await networks.OpenAsync(inner.Namespaces, NetworkMode.Open, _folder)).Dispose();
        File.Delete(Path.Combine(_folder, "slirp.json"));
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => networks.OpenAsync(inner.Namespaces, NetworkMode.Open, _folder));
        Assert.StartsWith("slirp4netns could not connect the sandbox: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("busy", failure.Message, StringComparison.Ordinal);
    }

    private static void SkipWithoutSlirp() =>
        Assert.SkipWhen(Slirp.Missing() is not null, $"This machine has no open network: {Slirp.Missing()}");
}
