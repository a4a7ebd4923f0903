using System.Net;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;
using Colloquy.SandboxHost.Sandboxes;
using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests;

/// <summary>What a server makes of the sandboxes of an earlier one.</summary>
public sealed class AdoptionTests : IDisposable
{
    private static readonly HttpMethod Get = HttpMethod.Get, Post = HttpMethod.Post, Delete = HttpMethod.Delete;
    private readonly string _folder = Directory.CreateTempSubdirectory("sandboxhost-").FullName;
    private readonly TestLog _log = new();

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _log.Dispose();
    }

    [Fact]
    public async Task Sandbox_of_a_killed_server_runs_on_under_the_next()
    {
        await using var killed = await KilledHost.StartAsync(_folder);
        var sandbox = await killed.Host.CreateAsync(new { timeout = 100, metadata = new { session = "a" }, envVars = new { A = "b" } });
        await sandbox.RunAsync("echo home >file; echo temporary >/tmp/file; setsid sleep 1000 </dev/null >/dev/null 2>&1 &");
        var (init, before) = (killed.Host.InitOf(sandbox), await killed.Host.DetailsAsync(sandbox));
        await killed.KillAsync();

        await using var host = await StartAsync();

        Assert.Contains(_log.Lines, line => line.EndsWith(": 1 adopted, 0 paused, 0 gone, 0 orphans ended", StringComparison.Ordinal));
        Assert.Equal(before.ToJsonString(), (await host.DetailsAsync(sandbox)).ToJsonString());
        Assert.Equal(init, host.InitOf(sandbox));
        var result = await host.Again(sandbox).RunAsync("cat file /tmp/file; echo $A; cat /proc/[0-9]*/comm | grep -c sleep");
        Assert.Equal("home\ntemporary\nb\n1\n", result.Stdout);
        // Of the spare ones that the killed server had, nothing is left.
        Assert.Equal([host.FolderOf(sandbox)], Directory.EnumerateDirectories(Path.Combine(_folder, "sandboxes")));

        await host.JsonAsync(Delete, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.NoContent);
        Assert.False(init.IsRunning);
        Assert.Empty(SandboxProcesses.Of(sandbox.Id));
    }

    [Fact]
    public async Task Sandbox_without_a_server_ends_itself_when_its_time_is_over()
    {
        await using var killed = await KilledHost.StartAsync(_folder);
        var sandbox = await killed.Host.CreateAsync();
        // No command can hold its end off.
        using var stream = await sandbox.ShellAsync("trap '' TERM HUP INT; while :; do sleep 1000; done");
        await stream.StartedAsync();
        var init = killed.Host.InitOf(sandbox);
        await killed.Host.JsonAsync(Post, $"/sandboxes/{sandbox.Id}/timeout", new { timeout = 2 }, HttpStatusCode.NoContent);
        await killed.KillAsync();
        await EndOf(init);

        await using var host = await StartAsync();

        Assert.Contains(_log.Lines, line => line.EndsWith(": 0 adopted, 0 paused, 0 gone, 1 orphans ended", StringComparison.Ordinal));
        await host.JsonAsync(Get, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.NotFound);
        Assert.False(Directory.Exists(host.FolderOf(sandbox)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sandbox_that_ended_meanwhile_is_paused_if_it_wants_that_and_else_gone(bool autoPause)
    {
        ProcessIdentity init;
        TestSandbox sandbox;
        await using (var first = await StartAsync(OnStop.Keep))
        {
            sandbox = await first.CreateAsync(new { autoPause });
            await sandbox.RunAsync("echo kept >file");
            init = first.InitOf(sandbox);
        }

        Kill(init);
        await EndOf(init);

        await using var host = await StartAsync();

        Assert.Contains(_log.Lines, line => line.EndsWith(autoPause ? "0 adopted, 1 paused, 0 gone, 0 orphans ended" : "0 adopted, 0 paused, 1 gone, 0 orphans ended", StringComparison.Ordinal));
        if (autoPause)
        {
            await host.JsonAsync(Post, $"/v2/sandboxes/{sandbox.Id}/connect", null, HttpStatusCode.Created);
            Assert.Equal("kept\n", (await host.Again(sandbox).RunAsync("cat file")).Stdout);
        }
        else
        {
            await host.JsonAsync(Get, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.NotFound);
            Assert.False(Directory.Exists(host.FolderOf(sandbox)));
        }
    }

    [Fact]
    public async Task Sandbox_whose_folder_is_removed_ends_itself()
    {
        ProcessIdentity init;
        await using (var first = await StartAsync(OnStop.Keep))
        {
            var sandbox = await first.CreateAsync();
            init = first.InitOf(sandbox);
            var folder = new SandboxFolder(first.FolderOf(sandbox));
            File.Delete(folder.Deadline);
            File.Delete(folder.Record);
        }

        await EndOf(init);
        await using (await StartAsync()) Assert.Empty(Directory.EnumerateDirectories(Path.Combine(_folder, "sandboxes")));
    }

    [Fact]
    public async Task Stop_that_pauses_ends_processes_and_keeps_files()
    {
        TestSandbox sandbox;
        await using (var first = await StartAsync(OnStop.Pause))
        {
            sandbox = await first.CreateAsync();
            await sandbox.RunAsync("echo kept >file");
        }

        Assert.Empty(SandboxProcesses.Of(sandbox.Id));
        await using var host = await StartAsync();
        Assert.Equal("paused", (string)(await host.DetailsAsync(sandbox))["state"]!);
        await host.JsonAsync(Post, $"/sandboxes/{sandbox.Id}/resume", new { timeout = 60 }, HttpStatusCode.Created);
        Assert.Equal("kept\n", (await host.Again(sandbox).RunAsync("cat file")).Stdout);
    }

    [Fact]
    public async Task Stop_that_keeps_ends_streams_and_waiting_shells_only()
    {
        ProcessIdentity init;
        TestSandbox sandbox;
        TestStream stream;
        await using (var first = await StartAsync(OnStop.Keep))
        {
            sandbox = await first.CreateAsync();
            stream = await sandbox.ShellAsync("sleep 1000");
            await stream.StartedAsync();
            init = first.InitOf(sandbox);
        }

        Assert.Equal("unavailable", (await stream.ReadToEndAsync()).ErrorCode);
        stream.Dispose();
        Assert.True(init.IsRunning);
        await using var host = await StartAsync();
        Assert.Equal(init, host.InitOf(sandbox));
    }

    [Fact]
    public async Task Pause_that_was_cut_short_is_completed()
    {
        ProcessIdentity init;
        TestSandbox sandbox;
        await using (var first = await StartAsync(OnStop.Keep))
        {
            sandbox = await first.CreateAsync();
            init = first.InitOf(sandbox);
            var folder = new SandboxFolder(first.FolderOf(sandbox));
            (SandboxRecord.Read(folder)! with { State = RecordedState.Paused, Init = null }).Write(folder);
        }

        await using var host = await StartAsync();
        Assert.Equal("paused", (string)(await host.DetailsAsync(sandbox))["state"]!);
        await EndOf(init);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{}")]
    [InlineData("rubbish")]
    public async Task Sandbox_without_a_record_that_can_be_read_is_ended_and_removed(string? record)
    {
        ProcessIdentity init;
        TestSandbox sandbox;
        await using (var first = await StartAsync(OnStop.Keep))
        {
            sandbox = await first.CreateAsync();
            init = first.InitOf(sandbox);
            var file = new SandboxFolder(first.FolderOf(sandbox)).Record;
            if (record is null) File.Delete(file);
            else File.WriteAllText(file, record);
        }

        await using var host = await StartAsync();
        await EndOf(init);
        Assert.False(Directory.Exists(host.FolderOf(sandbox)));
    }

    [Fact]
    public async Task Sandbox_that_cannot_be_adopted_is_left_alone_and_keeps_no_other_from_it()
    {
        var template = Directory.CreateDirectory(Path.Combine(_folder, "templates", "mine")).FullName;
        await File.WriteAllTextAsync(Path.Combine(template, "template.json"), "{}", TestContext.Current.CancellationToken);
        string id;
        TestSandbox other;
        await using (var first = await StartAsync(OnStop.Keep))
        {
            var created = await first.JsonAsync(Post, "/v2/sandboxes", new { templateID = "mine", timeout = 100 }, HttpStatusCode.Created);
            id = (string)created["sandboxID"]!;
            other = await first.CreateAsync();
        }

        Directory.Move(template, template + "-away");
        await using (var second = await StartAsync(OnStop.Keep))
        {
            Assert.Equal("up\n", (await second.Again(other).RunAsync("echo up")).Stdout);
            await second.JsonAsync(Get, $"/sandboxes/{id}", null, HttpStatusCode.NotFound);
            Assert.Contains(_log.Lines, line => line.StartsWith($"Sandbox {id} of an earlier server cannot be taken over", StringComparison.Ordinal));
        }

        Directory.Move(template + "-away", template);
        await using var third = await StartAsync();
        await third.JsonAsync(Get, $"/sandboxes/{id}", null, HttpStatusCode.OK);
    }

    [Fact]
    public async Task Frozen_sandbox_is_handed_on_with_its_gateway()
    {
        Limits.LimitedHost.Need("freezer");
        TestSandbox sandbox;
        await using (var first = await StartAsync(OnStop.Keep, gateway: "unix:/unused"))
        {
            sandbox = await first.CreateAsync();
            await first.JsonAsync(Post, $"/sandboxes/{sandbox.Id}/pause", new { memory = true }, HttpStatusCode.NoContent);
        }

        await using var host = await StartAsync(gateway: "unix:/unused");
        await host.JsonAsync(Post, $"/v2/sandboxes/{sandbox.Id}/connect", null, HttpStatusCode.Created);
        Assert.Equal("up\n", (await host.Again(sandbox).RunAsync("echo up")).Stdout);
        Assert.DoesNotContain(_log.Lines, line => line.Contains("without its network", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Server_stops_though_one_of_its_sandboxes_cannot_be_paused()
    {
        TestSandbox sandbox;
        await using (var first = await StartAsync(OnStop.Pause))
        {
            sandbox = await first.CreateAsync();
            Directory.CreateDirectory(new SandboxFolder(first.FolderOf(sandbox)).Record + ".next");
        }

        Assert.Contains(_log.Lines, line => line.StartsWith($"Sandbox {sandbox.Id} cannot be ended or paused", StringComparison.Ordinal));
        await using var host = await StartAsync();
        Assert.Equal("up\n", (await host.Again(sandbox).RunAsync("echo up")).Stdout);
    }

    [Fact]
    public async Task Record_of_another_process_kills_nobody()
    {
        using var bystander = System.Diagnostics.Process.Start("sleep", "1000");
        var folder = new SandboxFolder(Path.Combine(_folder, "sandboxes", "ileft"));
        folder.Prepare();
        var same = ProcessIdentity.Of(bystander.Id)!;
        foreach (var other in new[] { same with { StartTime = same.StartTime - 1 }, same with { Boot = "earlier" } })
        {
            folder.Prepare();
            var now = TimeProvider.System.GetUtcNow();
            new SandboxRecord(RecordedState.Running, TestRequests.Usual, now, now.AddHours(1), other).Write(folder);
            await using (await StartAsync()) Assert.False(Directory.Exists(folder.FullPath));
        }

        Assert.False(bystander.HasExited);
        bystander.Kill();
    }

    [Fact]
    public async Task Tokens_survive_and_their_key_is_for_the_owner_only()
    {
        await using (await StartAsync())
        {
            var mode = File.GetUnixFileMode(Path.Combine(_folder, "token.key"));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode);
        }

        using var first = new DataFolder(_folder);
        var token = first.TokensOf("i1");
        first.Dispose();
        using var second = new DataFolder(_folder);
        Assert.Equal(token, second.TokensOf("i1"));
        Assert.NotEqual(token, second.TokensOf("i2"));
    }

    private Task<TestHost> StartAsync(OnStop onStop = OnStop.Kill, string? gateway = null) => TestHost.StartAsync(
        dataFolder: _folder, onStop: onStop, loggers: _log, configure: options => options.GatewayUrl = gateway);

    private static void Kill(ProcessIdentity process) => Assert.Equal(0, LibC.kill(process.Pid, LibC.SIGKILL));

    private static Task EndOf(ProcessIdentity process) => ForeignProcess.Find(process)?.WaitAsync() ?? Task.CompletedTask;
}
