using System.Globalization;
using System.Net;
using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests.Limits;

/// <summary>Tries from inside of a sandbox to use more than it may.</summary>
public sealed class SandboxLimitTests(LimitedHost limited) : IClassFixture<LimitedHost>
{
    private TestHost Host => limited.Host;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Memory_hog_is_killed_and_all_others_live()
    {
        LimitedHost.Need(CgroupSettings.Memory);
        var (greedy, other) = (await Host.CreateAsync(), await Host.CreateAsync());
        using var bystander = await other.ShellAsync("echo ready; sleep 1000");
        await bystander.StartedAsync();
        Assert.Equal("ready\n", await bystander.NextOutputAsync());

        var result = await greedy.RunAsync("perl -e '$x = \"a\" x 200_000_000; print \"got it\"'; echo $?");

        Assert.Equal("137\n", result.Stdout);
        Assert.Equal("still\n", (await greedy.RunAsync("echo still")).Stdout);
        Assert.Equal("sleep\n", (await other.RunAsync("cat /proc/[0-9]*/cmdline | tr '\\0' '\\n' | grep -c 1000 >/dev/null && echo sleep")).Stdout);
    }

    [Fact]
    public async Task Memory_of_many_small_processes_counts_together()
    {
        LimitedHost.Need(CgroupSettings.Memory);
        var sandbox = await Host.CreateAsync();
        var result = await sandbox.RunAsync(
            """perl -e 'for (1..6) { $p = fork; push @all, $p; if (!$p) { $x = "a" x 30_000_000; sleep 1000 } } wait; print "ended by $?"; kill 9, @all'""");
        Assert.Equal("ended by 9", result.Stdout);
    }

    [Fact]
    public async Task Fork_bomb_stops_at_the_limit_and_the_sandbox_can_be_killed()
    {
        LimitedHost.Need(CgroupSettings.Processes);
        var sandbox = await Host.CreateAsync();
        using var stream = await sandbox.ShellAsync(
            """exec perl -e '$| = 1; while (1) { $p = fork; if (!defined $p) { print "refused\n"; sleep 1000 } sleep 1000 if $p == 0 }'""");
        await stream.StartedAsync();
        Assert.Equal("refused\n", await stream.NextOutputAsync());
        // The host and other sandboxes start processes as before.
        Assert.Equal("ok\n", (await (await Host.CreateAsync()).RunAsync("echo ok")).Stdout);
        await Host.JsonAsync(HttpMethod.Delete, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Two_busy_loops_get_one_cpu()
    {
        if (Environment.ProcessorCount < 2) Assert.Skip("One CPU cannot show that a second one is not used.");
        LimitedHost.Need(CgroupSettings.Cpu);
        // CPU seconds that both loops have used when one real second is over, as they see it themselves.
        var result = await (await Host.CreateAsync()).RunAsync(
            """
            burn() { perl -MTime::HiRes=time -e '$t = time + 1; 1 while time < $t; @u = times; print $u[0] + $u[1], "\n"'; }
            burn & burn & wait
            """);
        var used = result.Stdout.Trim().Split('\n').Sum(line => double.Parse(line, CultureInfo.InvariantCulture));
        Assert.InRange(used, 0.1, 1.4);
    }

    [Fact]
    public async Task Full_disk_is_an_error_of_the_sandbox_only()
    {
        await LimitedHost.NeedImagesAsync();
        var (greedy, other) = (await Host.CreateAsync(), await Host.CreateAsync());
        var result = await greedy.RunAsync("head -c 30000000 /dev/zero >big");
        Assert.Contains("No space left on device", result.Stderr, StringComparison.Ordinal);
        using var refused = await greedy.UploadAsync("more", new string('x', 1 << 20));
        Assert.Equal(HttpStatusCode.InsufficientStorage, refused.StatusCode);
        using var stored = await other.UploadAsync("more", "content");
        Assert.Equal(HttpStatusCode.OK, stored.StatusCode);
    }

    [Fact]
    public async Task Sparse_files_and_links_do_not_lead_around_the_disk()
    {
        await LimitedHost.NeedImagesAsync();
        var result = await (await Host.CreateAsync()).RunAsync(
            "truncate -s 1G sparse && stat -c %s sparse; fallocate -l 100M big 2>/dev/null || echo refused; df -k ~ | tail -1 | awk '{ print ($2 < 17000) }'");
        Assert.Equal("1073741824\nrefused\n1\n", result.Stdout);
    }

    [Fact]
    public async Task Killed_sandbox_leaves_no_group_and_no_mount()
    {
        var sandbox = await Host.CreateAsync();
        var folder = Host.FolderOf(sandbox);
        await sandbox.RunAsync("echo x >file");
        await Host.JsonAsync(HttpMethod.Delete, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.NoContent);
        Assert.DoesNotContain(MountTable.Read(), mount => mount.Point.StartsWith(folder, StringComparison.Ordinal));
        Assert.DoesNotContain(
            CgroupHierarchy.Read(),
            tree => Directory.EnumerateDirectories(tree.Mount, sandbox.Id, SearchOption.AllDirectories).Any());
    }

    [Fact]
    public async Task Every_process_of_a_sandbox_is_in_its_groups()
    {
        LimitedHost.Need(CgroupSettings.Processes);
        var sandbox = await Host.CreateAsync();
        // As the sandbox sees it, its own group is the root.
        var result = await sandbox.RunAsync("cat /proc/[0-9]*/cgroup | grep pids | sort -u");
        Assert.Single(result.Stdout.Trim().Split('\n'));
    }

    [Fact]
    public async Task Frozen_sandbox_stands_still_until_it_is_thawed()
    {
        LimitedHost.Need(CgroupSettings.Freezer);
        var sandbox = await Host.CreateAsync();
        using var stream = await sandbox.ShellAsync("i=0; while :; do i=$((i+1)); echo $i; done");
        await stream.StartedAsync();
        await stream.NextOutputAsync();
        var cgroup = HostCgroups.Detect(HostCgroups.NameFor(Host.DataFolder), CgroupHierarchy.Read(), TestCgroups.Limits).Open(sandbox.Id)!;

        await cgroup.FreezeAsync();
        var frozen = cgroup.Read().CpuTime;
        await Task.Delay(50, Cancel); // a time in which it would count on if it could
        Assert.Equal(frozen, cgroup.Read().CpuTime);

        await cgroup.ThawAsync();
        while (cgroup.Read().CpuTime == frozen) await stream.NextOutputAsync();
    }
}
