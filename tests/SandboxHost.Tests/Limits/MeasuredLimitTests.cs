using System.Net;
using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Colloquy.SandboxHost.Tests.Limits;

/// <summary>The same without any help of the kernel's, as on a machine that offers none.</summary>
public sealed class MeasuredLimitTests
{
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Process_over_the_memory_limit_fails()
    {
        await using var host = await StartAsync();
        var result = await (await CreateAsync(host)).RunAsync("perl -e '$x = \"a\" x 200_000_000; print \"got it\"'");
        Assert.Equal("", result.Stdout);
        Assert.Contains("Out of memory", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sandbox_whose_processes_together_use_too_much_is_killed_and_others_live()
    {
        await using var host = await StartAsync();
        var (greedy, other) = (await CreateAsync(host), await CreateAsync(host));
        using var stream = await greedy.ShellAsync(
            "for i in 1 2 3; do perl -e '$x = \"a\" x 40_000_000; $| = 1; print \"x\"; sleep 1000' & done; wait");
        await KilledAsync(host, greedy);
        Assert.Equal("ok\n", (await other.RunAsync("echo ok")).Stdout);
    }

    [Fact]
    public async Task Sandbox_with_too_many_processes_is_killed()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("Without root the kernel limits them, and none can be too many.");
        await using var host = await StartAsync();
        var sandbox = await CreateAsync(host);
        using var stream = await sandbox.ShellAsync("for i in $(seq 70); do sleep 1000 & done; wait");
        await KilledAsync(host, sandbox);
    }

    [Fact]
    public async Task Sandbox_with_too_large_files_is_killed()
    {
        await using var host = await StartAsync();
        var sandbox = await CreateAsync(host);
        using var stream = await sandbox.ShellAsync("head -c 30000000 /dev/zero >big; sleep 1000");
        await KilledAsync(host, sandbox);
        Assert.False(Directory.Exists(host.FolderOf(sandbox)));
    }

    [Fact]
    public async Task Start_says_what_is_in_force()
    {
        var folder = Directory.CreateTempSubdirectory("limits-");
        using var host = await HostLimits.DetectAsync(folder.FullName, new SandboxLimits(512, 2, 300, 1024), _time, onlyMeasure: true);
        var processes = Environment.IsPrivilegedProcess ? "measure" : "rlimit";
        Assert.Equal(
            "memory 512 MiB by rlimit of each process and measure of all (no control groups are mounted); "
            + "CPU not limited (no control groups are mounted); "
            + $"processes 300 by {processes} (no control groups are mounted); "
            + "disk 1024 MiB by measure (switched off); freezer none (no control groups are mounted)",
            host.InForce.ToString());
        var best = new LimitInForce("cgroup v2");
        Assert.Equal(
            "memory 512 MiB by cgroup v2; CPU 2 vCPU by cgroup v2; processes 300 by cgroup v2; disk 1024 MiB by ext4 image; freezer by cgroup v2",
            new LimitsInForce(host.Limits, best, best, best, new("ext4 image"), best).ToString());
        folder.Delete(recursive: true);
    }

    private Task<TestHost> StartAsync() => TestHost.StartAsync(time: _time, configure: options =>
    {
        LimitedHost.Configure(options);
        options.OnlyMeasure = true;
    });

    // Time runs quickly here, and none of them must end by its timeout.
    private static Task<TestSandbox> CreateAsync(TestHost host) => host.CreateAsync(new { timeout = 86400 });

    // A measure is work in the background, so time goes on until it has been noticed.
    private async Task KilledAsync(TestHost host, TestSandbox sandbox)
    {
        while (true)
        {
            using var answer = await host.ControlAsync(HttpMethod.Get, $"/sandboxes/{sandbox.Id}");
            if (answer.StatusCode == HttpStatusCode.NotFound) break;
            _time.Advance(TimeSpan.FromSeconds(0.5));
            await Task.Delay(1, Cancel);
        }

        // Waits for the end that has begun.
        using var _ = await host.ControlAsync(HttpMethod.Delete, $"/sandboxes/{sandbox.Id}");
    }
}
