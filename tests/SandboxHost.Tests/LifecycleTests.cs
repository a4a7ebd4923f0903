using System.Globalization;
using System.Net;
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
        Assert.NotEmpty(SandboxProcesses.Of(sandbox.Id));

        await host.JsonAsync(HttpMethod.Delete, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.NoContent);

        Assert.Empty(SandboxProcesses.Of(sandbox.Id));
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
        Assert.Equal(0, LibC.kill(shared.Host.InitOf(sandbox).Pid, LibC.SIGKILL));
        Assert.Equal("unavailable", (await stream.ReadToEndAsync()).ErrorCode);
        // Ends at once when the end has been noticed, and waits for it otherwise.
        using var _ = await shared.Host.ControlAsync(HttpMethod.Delete, $"/sandboxes/{sandbox.Id}");
        Assert.False(Directory.Exists(shared.Host.FolderOf(sandbox)));
    }

    [Fact]
    public async Task Sandbox_needs_its_bubblewrap_no_more_once_it_is_made()
    {
        var sandbox = await shared.Host.CreateAsync();
        var init = shared.Host.InitOf(sandbox);
        Assert.Equal(0, LibC.kill(SandboxProcesses.ParentOf(init.Pid), LibC.SIGKILL));
        Assert.Equal("up\n", (await sandbox.RunAsync("echo up")).Stdout);
        await shared.Host.JsonAsync(HttpMethod.Delete, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.NoContent);
        Assert.False(init.IsRunning);
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
