using Colloquy.SandboxHost.Linux;
using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests;

/// <summary>Sandboxes that are ready before anybody asks for one.</summary>
public sealed class SpareTests
{
    [Fact]
    public async Task Create_takes_a_spare_one_and_makes_another()
    {
        await using var host = await TestHost.StartAsync(spares: 1);
        var spare = await NextSpareAsync(host, []);

        var sandbox = await host.CreateAsync();

        Assert.Equal(spare, sandbox.Id);
        Assert.Equal("up\n", (await sandbox.RunAsync("echo up")).Stdout);
        Assert.NotEqual(spare, await NextSpareAsync(host, [spare]));
        Assert.Single((await host.JsonAsync(HttpMethod.Get, "/v2/sandboxes", null, System.Net.HttpStatusCode.OK)).AsArray());
    }

    [Fact]
    public async Task What_was_asked_for_last_is_kept_ready_beside_what_is_usual()
    {
        await using var host = await TestHost.StartAsync(spares: 1);
        var usual = await NextSpareAsync(host, []);
        var larger = new { memoryMB = 600 };

        var first = await host.CreateAsync(larger);
        var spare = await NextSpareAsync(host, [usual, first.Id]);

        Assert.Equal(spare, (await host.CreateAsync(larger)).Id);
        Assert.Equal(usual, (await host.CreateAsync()).Id);
    }

    [Fact]
    public async Task What_is_not_asked_for_any_more_is_not_kept()
    {
        await using var host = await TestHost.StartAsync(spares: 1);
        var usual = await NextSpareAsync(host, []);

        await host.CreateAsync(new { memoryMB = 600 });
        await host.CreateAsync(new { memoryMB = 700 });

        while (Directory.Exists(Path.Combine(host.DataFolder, "sandboxes", usual)))
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    [Fact]
    public async Task Spare_one_that_has_ended_is_not_given_out()
    {
        await using var host = await TestHost.StartAsync(spares: 1);
        var spare = await NextSpareAsync(host, []);
        var processes = SandboxProcesses.Of(spare);
        foreach (var pid in processes) _ = LibC.kill(pid, LibC.SIGKILL);
        while (processes.Any(pid => ProcessTable.StartTime(pid) is not null))
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        var sandbox = await host.CreateAsync();
        Assert.Equal("up\n", (await sandbox.RunAsync("echo up")).Stdout);
    }

    [Fact]
    public async Task Nothing_of_spare_ones_is_left_when_the_server_stops()
    {
        var folder = Directory.CreateTempSubdirectory("sandboxhost-").FullName;
        string spare;
        await using (var host = await TestHost.StartAsync(dataFolder: folder, spares: 2, onStop: OnStop.Keep)) spare = await NextSpareAsync(host, []);
        Assert.Empty(SandboxProcesses.Of(spare));
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(folder, "sandboxes")));
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<string> NextSpareAsync(TestHost host, string[] known)
    {
        while (true)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            var found = Directory.EnumerateDirectories(Path.Combine(host.DataFolder, "sandboxes"))
                .Select(Path.GetFileName).FirstOrDefault(id => !known.Contains(id) && IsReady(id!));
            if (found is not null) return found;
            await Task.Yield();
        }
    }

    // Its waiting shell has entered.
    private static bool IsReady(string id) => SandboxProcesses.Of(id).Count > 3;
}
