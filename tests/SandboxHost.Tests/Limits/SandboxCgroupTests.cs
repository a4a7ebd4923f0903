using System.Diagnostics;
using Colloquy.SandboxHost.Limits;

namespace Colloquy.SandboxHost.Tests.Limits;

/// <summary>With the machine's real control groups.</summary>
public sealed class SandboxCgroupTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Shell_that_enters_is_in_every_group_with_all_its_children()
    {
        await using var groups = await TestCgroups.NeedAsync(CgroupSettings.Memory, CgroupSettings.Processes);
        var group = groups.Host.Create("ione", TestCgroups.Limits);
        using var shell = TestCgroups.Shell($"{group.EnterScript} && cat /proc/self/cgroup; :");
        var inside = (await shell.StandardOutput.ReadToEndAsync(Cancel)).Split('\n').Count(line => line.EndsWith("/ione", StringComparison.Ordinal));
        Assert.Equal(groups.Host.InForce.Values.Distinct().Count(), inside);
    }

    [Fact]
    public void Processes_of_other_pid_namespaces_are_left_out()
    {
        var folder = Directory.CreateTempSubdirectory("cgroup-");
        File.WriteAllText(Path.Combine(folder.FullName, "cgroup.procs"), "0\n12\n0\n");
        Assert.Equal([12], CgroupFile.Processes(folder.FullName));
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Joined_process_is_counted_and_so_are_its_children()
    {
        await using var groups = await TestCgroups.NeedAsync(CgroupSettings.Processes);
        var group = groups.Host.Create("ione", TestCgroups.Limits);
        using var waiting = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "read go; sleep 1000 & echo started; wait"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        group.Join(waiting.Id);
        await waiting.StandardInput.WriteLineAsync("go");
        Assert.Equal("started", await waiting.StandardOutput.ReadLineAsync(Cancel));
        Assert.Equal(2, group.Read().Processes);
        await group.KillAllAsync();
        await waiting.WaitForExitAsync(Cancel);
        Assert.Equal(137, waiting.ExitCode);
    }

    [Fact]
    public async Task Too_much_memory_kills_its_process_and_is_counted()
    {
        await using var groups = await TestCgroups.NeedAsync(CgroupSettings.Memory);
        var group = groups.Host.Create("ione", TestCgroups.Limits);
        using var hog = TestCgroups.Shell($"{group.EnterScript} && exec perl -e '$x = \"a\" x 200_000_000'");
        await hog.WaitForExitAsync(Cancel);
        Assert.Equal(137, hog.ExitCode);
        Assert.Equal(1, group.Read().OomKills);
    }

    [Fact]
    public async Task Files_in_the_cache_are_told_from_memory_in_use()
    {
        await using var groups = await TestCgroups.NeedAsync(CgroupSettings.Memory);
        var group = groups.Host.Create("ione", TestCgroups.Limits);
        var file = Path.GetTempFileName();
        using var writer = TestCgroups.Shell($"{group.EnterScript} && head -c 20000000 /dev/zero >{file}; echo written; exec sleep 1000");
        Assert.Equal("written", await writer.StandardOutput.ReadLineAsync(Cancel));
        var usage = group.Read();
        Assert.InRange(usage.CacheBytes!.Value, 20_000_000, 64 << 20);
        Assert.InRange(usage.MemoryBytes!.Value, 1, 20_000_000);
        File.Delete(file);
    }

    [Fact]
    public async Task Fork_bomb_stops_at_the_limit_and_can_be_killed()
    {
        await using var groups = await TestCgroups.NeedAsync(CgroupSettings.Processes);
        var group = groups.Host.Create("ione", TestCgroups.Limits);
        using var bomb = TestCgroups.Shell($"{group.EnterScript}; exec perl -e 'fork while 1'");
        while (group.Read().RefusedForks < 100) await Task.Delay(1, Cancel);
        Assert.InRange(group.Read().Processes!.Value, 1, TestCgroups.Limits.MaxProcesses);
        await group.KillAllAsync();
        await group.DeleteAsync();
        Assert.Null(groups.Host.Open("ione"));
    }

    [Fact]
    public async Task Two_busy_loops_share_one_cpu()
    {
        if (Environment.ProcessorCount < 2) Assert.Skip("One CPU cannot show that a second one is not used.");
        await using var groups = await TestCgroups.NeedAsync(CgroupSettings.Cpu, CgroupSettings.CpuAccounting);
        var group = groups.Host.Create("ione", TestCgroups.Limits);
        using var busy = TestCgroups.Shell($"{group.EnterScript}; while :; do :; done & while :; do :; done");
        while (group.Read().CpuTime == TimeSpan.Zero) await Task.Delay(1, Cancel);
        var (start, watch) = (group.Read().CpuTime!.Value, Stopwatch.StartNew());
        TimeSpan used;
        while ((used = group.Read().CpuTime!.Value - start) < TimeSpan.FromSeconds(0.6)) await Task.Delay(5, Cancel);
        Assert.True(used / watch.Elapsed < 1.35, $"used {used / watch.Elapsed:0.00} CPUs");
    }

    [Fact]
    public async Task Frozen_process_stands_still_until_it_is_thawed()
    {
        await using var groups = await TestCgroups.NeedAsync(CgroupSettings.Freezer, CgroupSettings.CpuAccounting);
        var group = groups.Host.Create("ione", TestCgroups.Limits);
        using var busy = TestCgroups.Shell($"{group.EnterScript}; while :; do :; done");
        while (group.Read().CpuTime < TimeSpan.FromMilliseconds(1)) await Task.Delay(1, Cancel);
        await group.FreezeAsync();
        var frozen = group.Read().CpuTime;
        await Task.Delay(50, Cancel); // a time in which it would run if it could
        Assert.Equal(frozen, group.Read().CpuTime);
        await group.ThawAsync();
        while (group.Read().CpuTime == frozen) await Task.Delay(1, Cancel);
    }

    [Fact]
    public async Task Frozen_processes_can_be_killed_and_the_group_used_again()
    {
        await using var groups = await TestCgroups.NeedAsync(CgroupSettings.Freezer);
        var group = groups.Host.Create("ione", TestCgroups.Limits);
        using var sleeper = TestCgroups.Shell($"{group.EnterScript}; echo in; exec sleep 1000");
        Assert.Equal("in", await sleeper.StandardOutput.ReadLineAsync(Cancel));
        await group.FreezeAsync();
        await group.KillAllAsync();
        await sleeper.WaitForExitAsync(Cancel);
        using var next = TestCgroups.Shell($"{group.EnterScript}; echo runs");
        Assert.Equal("runs", await next.StandardOutput.ReadLineAsync(Cancel));
    }

    [Fact]
    public async Task Later_server_opens_groups_and_removes_those_that_nobody_knows()
    {
        await using var groups = await TestCgroups.NeedAsync(CgroupSettings.Processes);
        var kept = groups.Host.Create("ikept", TestCgroups.Limits);
        using var survivor = TestCgroups.Shell($"{kept.EnterScript}; echo in; exec sleep 1000");
        using var orphan = TestCgroups.Shell($"{groups.Host.Create("ileft", TestCgroups.Limits).EnterScript}; echo in; exec sleep 1000");
        Assert.Equal("in", await survivor.StandardOutput.ReadLineAsync(Cancel));
        Assert.Equal("in", await orphan.StandardOutput.ReadLineAsync(Cancel));

        var later = groups.Detect();
        Assert.Equal(["ileft"], await later.RemoveLeftoversAsync(new HashSet<string> { "ikept" }));

        await orphan.WaitForExitAsync(Cancel);
        Assert.Null(later.Open("ileft"));
        Assert.Equal(1, later.Open("ikept")!.Read().Processes);
        Assert.False(survivor.HasExited);
    }

    [Fact]
    public async Task Groups_of_a_server_that_was_started_elsewhere_are_found()
    {
        await using var groups = await TestCgroups.NeedAsync(CgroupSettings.Processes);
        var host = groups.Host.InForce[CgroupSettings.Processes].Path;
        var elsewhere = Directory.CreateDirectory($"{Path.GetDirectoryName(host)}/elsewhere-{Path.GetFileName(host)}").FullName;
        Directory.CreateDirectory($"{elsewhere}/{Path.GetFileName(host)}/iold");

        var later = groups.Detect();
        Assert.Equal(0, later.Open("iold")!.Read().Processes);
        Assert.Equal(["iold"], await later.RemoveLeftoversAsync(new HashSet<string>()));

        later.RemoveIfEmpty();
        Directory.Delete(elsewhere);
    }

    [Fact]
    public async Task Group_with_a_process_is_not_removed_and_the_message_names_it()
    {
        await using var groups = await TestCgroups.NeedAsync(CgroupSettings.Processes);
        var group = groups.Host.Create("ione", TestCgroups.Limits);
        group.Patience = TimeSpan.Zero;
        using var sleeper = Process.Start("sleep", "1000");
        group.Join(sleeper.Id);
        var failure = await Assert.ThrowsAsync<IOException>(() => group.DeleteAsync());
        Assert.Contains(sleeper.Id.ToString(null as IFormatProvider), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Machine_without_control_groups_says_so_for_each_controller()
    {
        var host = HostCgroups.Detect("colloquy-none", [], TestCgroups.Limits);
        Assert.Empty(host.InForce);
        Assert.Equal(CgroupSettings.Controllers, host.Refusals.Keys);
        host.Create("ione", TestCgroups.Limits).Join(1);
        Assert.Equal(new CgroupUsage(null, null, null, null, 0, 0), host.Create("ione", TestCgroups.Limits).Read());
    }
}
