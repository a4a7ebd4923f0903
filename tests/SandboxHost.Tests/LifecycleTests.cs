using System.Diagnostics;
using System.Globalization;
using System.Net;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Linux;
using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests;

public sealed class LifecycleTests(SharedHost shared)
{
    [Theory]
    [InlineData(IsolationMode.Bubblewrap)]
    [InlineData(IsolationMode.None)]
    public async Task Kill_leaves_no_process_no_folder_and_ends_streams(IsolationMode isolation)
    {
        await using var host = await TestHost.StartAsync(isolation);
        var sandbox = await host.CreateAsync();
        using var stream = await sandbox.ShellAsync("setsid sleep 1000 & chmod 000 . ; mkdir /tmp/x; exec sleep 1000");
        await stream.StartedAsync();
        // Its commands have it in their environment, and so do the shells that wait.
        Assert.NotEmpty(ProcessTable.WithEnvironment(SandboxEnvironment.Mark(sandbox.Id)));

        await host.JsonAsync(HttpMethod.Delete, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.NoContent);

        Assert.Empty(ProcessTable.WithEnvironment(SandboxEnvironment.Mark(sandbox.Id)));
        Assert.False(Directory.Exists(host.FolderOf(sandbox)));
        var result = await stream.ReadToEndAsync();
        Assert.Equal("unavailable", result.ErrorCode);
        Assert.Null(result.End);
        await host.JsonAsync(HttpMethod.Delete, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task No_zombies_remain_of_commands_and_sandboxes()
    {
        var sandbox = await shared.Host.CreateAsync();
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => sandbox.RunAsync("(sleep 0.01 &); kill -9 $$")));
        await shared.Host.JsonAsync(HttpMethod.Delete, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.NoContent);
        Assert.Empty(ZombieChildren());
    }

    [Fact]
    public async Task Sandbox_whose_bubblewrap_is_killed_is_gone_altogether()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var stream = await sandbox.ShellAsync("sleep 1000");
        await stream.StartedAsync();
        var record = SandboxRecord.Read(shared.Host.FolderOf(sandbox))!;
        Assert.Equal(0, LibC.kill(record.InitPid!.Value, LibC.SIGKILL));
        Assert.Equal("unavailable", (await stream.ReadToEndAsync()).ErrorCode);
        // Ends at once when the end has been noticed, and waits for it otherwise.
        using var _ = await shared.Host.ControlAsync(HttpMethod.Delete, $"/sandboxes/{sandbox.Id}");
        Assert.False(Directory.Exists(shared.Host.FolderOf(sandbox)));
    }

    [Fact]
    public async Task Server_ends_its_sandboxes_with_itself()
    {
        string mark;
        await using (var host = await TestHost.StartAsync())
        {
            var sandbox = await host.CreateAsync();
            mark = SandboxEnvironment.Mark(sandbox.Id);
            using var stream = await sandbox.ShellAsync("sleep 1000");
            await stream.StartedAsync();
        }

        Assert.Empty(ProcessTable.WithEnvironment(mark));
    }

    [Fact]
    public async Task Leftovers_of_a_killed_server_are_reaped_at_start()
    {
        var folder = Directory.CreateTempSubdirectory("sandboxhost-").FullName;
        // As if a server had been killed: a live bubblewrap and the record of it, and a folder without one.
        var home = Directory.CreateDirectory(Path.Combine(folder, "sandboxes", "ileft", "home")).FullName;
        Directory.CreateDirectory(Path.Combine(folder, "sandboxes", "ihalf", "home"));
        using var spawner = new SpawnThread();
        var cage = await BubblewrapCage.CreateAsync(
            spawner, BubblewrapArguments.Build(home, SandboxEtc.Write(folder), 16), SandboxEnvironment.Base("ileft", "/home/user"),
            CageLimits.None);
        SandboxRecord.Of("ileft", cage).Write(Path.GetDirectoryName(home)!);

        await using (var host = await TestHost.StartAsync(dataFolder: folder))
        {
            await cage.Ended;
            Assert.Empty(Directory.EnumerateDirectories(Path.Combine(folder, "sandboxes")));
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Record_of_another_process_kills_nobody()
    {
        var folder = Directory.CreateTempSubdirectory("sandboxhost-").FullName;
        using var bystander = Process.Start("sleep", "1000");
        var left = Directory.CreateDirectory(Path.Combine(folder, "sandboxes", "ileft")).FullName;
        new SandboxRecord("ileft", bystander.Id, ProcessTable.StartTime(bystander.Id) - 1).Write(left);
        await using (await TestHost.StartAsync(dataFolder: folder)) Assert.False(Directory.Exists(left));
        Assert.False(bystander.HasExited);
        bystander.Kill();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Probe_makes_a_sandbox_here() => Assert.Null(BubblewrapProbe.Check());

    private static IEnumerable<string> ZombieChildren() =>
        Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out _))
            .Select(folder =>
            {
                try
                {
                    return File.ReadAllText(folder + "/stat");
                }
                catch (IOException)
                {
                    return "";
                }
            })
            .Where(stat => stat.Contains($") Z {Environment.ProcessId} ", StringComparison.Ordinal));
}
