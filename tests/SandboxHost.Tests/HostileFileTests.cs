using System.Net;
using System.Text.Json.Nodes;
using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests;

/// <summary>Sandboxes that arrange their files so as to harm the server, its host or the caller.</summary>
public sealed class HostileFileTests(SharedHost shared) : IDisposable
{
    private readonly DirectoryInfo _outside = Directory.CreateTempSubdirectory("outside-");

    [Theory]
    [InlineData(IsolationMode.Bubblewrap)]
    [InlineData(IsolationMode.None)]
    public async Task Links_and_dots_never_lead_out(IsolationMode isolation)
    {
        await using var host = await TestHost.StartAsync(isolation);
        var sandbox = await host.CreateAsync();
        await File.WriteAllTextAsync(Path.Combine(_outside.FullName, "keep"), "x", TestContext.Current.CancellationToken);
        var up = string.Concat(Enumerable.Repeat("../", 30));
        await sandbox.RunAsync($"ln -s {_outside.FullName} out; ln -s {up}{_outside.FullName.TrimStart('/')} up; ln -s {_outside.FullName}/new dangling; echo f >f");
        string[] ways = ["out", "up", _outside.FullName, up + _outside.FullName.TrimStart('/')];
        foreach (var way in ways)
        {
            Assert.NotEqual(200, (await sandbox.FilesystemAsync("Stat", new { path = $"{way}/keep" })).Status);
            Assert.NotEqual(200, (await sandbox.FilesystemAsync("ListDir", new { path = way })).Status);
            Assert.NotEqual(200, (await sandbox.FilesystemAsync("Move", new { source = $"{way}/keep", destination = "got" })).Status);
        }

        foreach (var way in ways)
        {
            await sandbox.FilesystemAsync("MakeDir", new { path = $"{way}/new" });
            await sandbox.FilesystemAsync("Move", new { source = "f", destination = $"{way}/f" });
            await sandbox.FilesystemAsync("Remove", new { path = $"{way}/keep" });
            using var uploaded = await sandbox.UploadAsync($"{way}/new", "x");
        }

        using var through = await sandbox.UploadAsync("dangling", "x");
        Assert.Equal(["keep"], _outside.EnumerateFileSystemInfos().Select(file => file.Name));
    }

    [Fact]
    public async Task Folder_that_is_swapped_for_a_link_while_it_is_removed_leads_nowhere()
    {
        await using var host = await TestHost.StartAsync(IsolationMode.None);
        var sandbox = await host.CreateAsync();
        var kept = Path.Combine(_outside.FullName, "keep");
        await File.WriteAllTextAsync(kept, "x", TestContext.Current.CancellationToken);
        const string Swap = """
            while (!-e "stop") {
              mkdir "t"; mkdir "t/a"; open F, ">t/a/keep"; close F; rename "t/a", "t/b"; symlink $ARGV[0], "t/a";
              unlink "t/a"; rename "t/b", "t/a";
            }
            """;
        using var swapping = await sandbox.ShellAsync($"perl -e '{Swap}' {_outside.FullName}");
        await swapping.StartedAsync();
        for (var i = 0; i < 100; i++)
        {
            await sandbox.FilesystemAsync("Remove", new { path = "t" });
            await sandbox.FilesystemAsync("ListDir", new { path = "t", depth = 3 });
            await sandbox.FilesystemAsync("MakeDir", new { path = "t/a/new" });
            using var uploaded = await sandbox.UploadAsync("t/a/keep", "changed");
        }

        using (await sandbox.UploadAsync("stop", "")) { }
        await swapping.ReadToEndAsync();
        Assert.Equal(["keep"], _outside.EnumerateFileSystemInfos().Select(file => file.Name));
        Assert.Equal("x", await File.ReadAllTextAsync(kept, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("fifo")]
    [InlineData("/dev/null")]
    [InlineData("/dev/zero")]
    [InlineData("/proc/self/attr/current")]
    [InlineData("/proc/sys/kernel/hostname")]
    public async Task Pipes_and_devices_are_neither_read_nor_written(string path)
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("mkfifo fifo");
        Assert.Contains((await sandbox.DownloadAsync(path)).Status, new[] { 400, 404 });
        using var uploaded = await sandbox.UploadAsync(path, "x");
        Assert.Contains(uploaded.StatusCode, new[] { HttpStatusCode.BadRequest, HttpStatusCode.NotFound });
    }

    [Fact]
    public async Task Pipe_is_told_without_a_type_and_left_alone()
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("mkfifo -m 644 fifo");
        using var writer = await sandbox.ShellAsync("echo written >fifo");
        await writer.StartedAsync();
        Assert.Equal(400, (await sandbox.DownloadAsync("fifo")).Status);
        var entry = (await sandbox.StatAsync("fifo")).AsObject();
        Assert.False(entry.ContainsKey("type"));
        Assert.Equal("prw-r--r--", (string)entry["permissions"]!);
        Assert.Equal("written\n", (await sandbox.RunAsync("cat fifo")).Stdout);
    }

    [Fact]
    public async Task Names_of_any_bytes_are_listed_watched_and_removed()
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("mkdir d");
        using var watch = await shared.Host.WatchAsync(sandbox, new { path = "d", recursive = true, includeEntry = true });
        await sandbox.RunAsync("""cd d; mkdir "$(printf 'a\nb')" 'ä "' "$(printf '\377')"; : >"$(printf '\377/\376')"; : >'-rf'; : >end""");
        var told = await watch.EventsToAsync("end");
        Assert.Contains("CREATE \ufffd/\ufffd", told);
        string[] expected = ["/home/user/d/-rf", "/home/user/d/a\nb", "/home/user/d/end", "/home/user/d/ä \"", "/home/user/d/\ufffd", "/home/user/d/\ufffd/\ufffd"];
        Assert.Equal(expected, await sandbox.ListAsync("d", depth: 2));
        await sandbox.DoAsync("Move", new { source = "d/a\nb", destination = "d/ä \"/x" });
        Assert.Equal("FILE_TYPE_DIRECTORY", (string)(await sandbox.StatAsync("d/ä \"/x"))["type"]!);
        await sandbox.DoAsync("Remove", new { path = "d" });
        Assert.Equal("not_found", await sandbox.FailAsync("Stat", new { path = "d" }));
    }

    [Fact]
    public async Task Tree_deeper_than_paths_are_long_is_removed()
    {
        var sandbox = await shared.Host.CreateAsync();
        const string Dig = """chdir "/dev/shm"; mkdir "deep"; chdir "deep"; for (1..2000) { mkdir "a-folder"; open F, ">f"; close F; chdir "a-folder" or die }""";
        Assert.Equal("", (await sandbox.RunAsync($"perl -e '{Dig}'")).Stderr);
        Assert.Equal("invalid_argument", await sandbox.FailAsync("ListDir", new { path = "/dev/shm/deep", depth = int.MaxValue }));
        Assert.Equal("invalid_argument", await sandbox.FailAsync("Move", new { source = "/dev/shm/deep", destination = "/tmp/deep" }));
        using var watch = await shared.Host.OpenWatchAsync(sandbox, new { path = "/dev/shm/deep", recursive = true });
        Assert.Equal("invalid_argument", (string)(await watch.NextAsync()).Json["error"]!["code"]!);
        await sandbox.DoAsync("Remove", new { path = "/dev/shm/deep" });
        Assert.Equal("", (await sandbox.RunAsync("ls -A /dev/shm /tmp | grep -v :")).Stdout.Trim());
    }

    [Fact]
    public async Task Ten_thousand_files_are_listed_and_removed()
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("mkdir /dev/shm/many; cd /dev/shm/many; seq 10000 | xargs touch");
        Assert.Equal(10_000, (await sandbox.ListAsync("/dev/shm/many")).Distinct().Count());
        await sandbox.DoAsync("Remove", new { path = "/dev/shm/many" });
        Assert.Equal("", (await sandbox.RunAsync("ls /dev/shm")).Stdout);
    }

    [Fact]
    public async Task Moving_between_mounts_copies_all_and_leaves_nothing()
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("mkdir -p t/a; echo x >t/a/f; chmod 751 t/a; chmod 640 t/a/f; ln -s ../nowhere t/link; touch -d @1000000000.5 t/a/f t/a; mkdir -p /tmp/full/x pipes; mkfifo pipes/p");
        using (var content = new ByteArrayContent([1]))
        {
            content.Headers.ContentType = new("application/octet-stream");
            using var request = sandbox.Request(HttpMethod.Post, "/files?path=t/noted", content);
            request.Headers.Add("X-Metadata-a", "b");
            using var noted = await shared.Host.Http.SendAsync(request, TestContext.Current.CancellationToken);
        }

        Assert.Equal("invalid_argument", await sandbox.FailAsync("Move", new { source = "t", destination = "/tmp/full" }));
        Assert.Equal("invalid_argument", await sandbox.FailAsync("Move", new { source = "pipes", destination = "/tmp/pipes" }));
        Assert.Equal("permission_denied", await sandbox.FailAsync("Move", new { source = "/usr/bin/env", destination = "env" }));
        Assert.Equal("pipes\nt\nfull\n", (await sandbox.RunAsync("ls -A; ls -A /tmp")).Stdout);
        var moved = (await sandbox.DoAsync("Move", new { source = "t", destination = "/tmp/new/t" }))["entry"]!;
        Assert.Equal("/tmp/new/t", (string)moved["path"]!);
        Assert.Equal(
            "x\n751 1000000000\n640 1000000000\n../nowhere\npipes\n",
            (await sandbox.RunAsync("cd /tmp/new/t; cat a/f; stat -c '%a %Y' a a/f; readlink link; ls ~; ls -A /tmp | grep -v -e new -e full")).Stdout);
        var noted2 = (await sandbox.StatAsync("/tmp/new/t/noted"))["metadata"];
        Assert.True(JsonNode.DeepEquals(new JsonObject { ["a"] = "b" }, noted2));
    }

    public void Dispose() => _outside.Delete(recursive: true);
}
