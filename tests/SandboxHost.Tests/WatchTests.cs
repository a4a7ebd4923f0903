using System.Globalization;
using System.Text.Json.Nodes;
using Colloquy.SandboxHost.Files;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;
using Colloquy.SandboxHost.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Tests;

public sealed class WatchTests(SharedHost shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(IsolationMode.Bubblewrap)]
    [InlineData(IsolationMode.None)]
    public async Task Everything_that_happens_in_a_folder_is_told(IsolationMode isolation)
    {
        await using var host = await TestHost.StartAsync(isolation);
        var sandbox = await host.CreateAsync();
        await sandbox.RunAsync("mkdir -p d/sub other; touch d/old; ln -s d link");
        using var watch = await host.WatchAsync(sandbox, new { path = "link" });
        await sandbox.RunAsync(
            """
            echo x >d/new; chmod 600 d/new; mv d/new d/newer; rm d/newer
            mv d/old other/; mv other/old d/back; mkdir d/more; touch d/sub/unseen d/more/unseen; : >d/end
            """);
        Assert.Equal(
            [
                "CREATE new", "WRITE new", "CHMOD new", "RENAME new", "CREATE newer", "REMOVE newer",
                "RENAME old", "CREATE back", "CREATE more", "CREATE end",
            ],
            await watch.EventsToAsync("end"));
    }

    [Fact]
    public async Task Uploads_are_told_as_E2B_tells_them()
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("mkdir d; echo old >d/f");
        using var watch = await shared.Host.WatchAsync(sandbox, new { path = "d" });
        using (await sandbox.UploadAsync("d/f", "new")) { }
        using (await sandbox.UploadAsync("d/g", "new")) { }
        // Equal events in a row are one, unless one of them was read before.
        Assert.Equal(["WRITE f", "CREATE g", "WRITE g"], (await watch.EventsToAsync("g")).Concat(await watch.EventsToAsync("g")).Distinct());
    }

    [Fact]
    public async Task Recursive_watch_follows_new_and_moved_folders()
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("mkdir -p d/a/b out/x/y; touch d/a/b/c");
        using var watch = await shared.Host.WatchAsync(sandbox, new { path = "d", recursive = true });
        async Task CheckAsync(string script, params string[] expected)
        {
            await sandbox.RunAsync($"{script}; : >d/end; rm d/end");
            var events = await watch.EventsToAsync("end");
            Assert.Equal("REMOVE end", (await watch.EventsToAsync("end"))[^1]);
            // The order in which rm finds things is the file system's.
            Assert.Equal(expected.Order(), events.SkipLast(1).Where(told => !told.StartsWith("CHMOD", StringComparison.Ordinal)).Order());
        }

        await CheckAsync("echo 1 >d/a/b/f", "CREATE a/b/f", "WRITE a/b/f");
        await CheckAsync("mv d/a d/z", "RENAME a", "CREATE z");
        await CheckAsync("echo 1 >d/z/b/g", "CREATE z/b/g", "WRITE z/b/g");
        await CheckAsync("mv out/x d/", "CREATE x");
        await CheckAsync("echo 1 >d/x/y/f", "CREATE x/y/f", "WRITE x/y/f");
        await CheckAsync("mv d/x out/", "RENAME x");
        await CheckAsync("echo 1 >out/x/y/g");
        await CheckAsync("rm -r d/z", "REMOVE z/b/c", "REMOVE z/b/f", "REMOVE z/b/g", "REMOVE z/b", "REMOVE z");
    }

    [Fact]
    public async Task Folders_made_at_once_are_all_told_once()
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("mkdir d");
        using var watch = await shared.Host.WatchAsync(sandbox, new { path = "d", recursive = true });
        await sandbox.RunAsync(
            "cd d; for i in $(seq 50); do mkdir -p n$i/a/b; : >n$i/f; : >n$i/a/b/g; mv n$i/f n$i/h; rm n$i/h; done; touch end");
        var events = await watch.EventsToAsync("end");
        string[] expected =
        [
            .. Enumerable.Range(1, 50).SelectMany(i => new[] { $"CREATE n{i}", $"CREATE n{i}/a", $"CREATE n{i}/a/b", $"CREATE n{i}/a/b/g" }),
        ];
        Assert.Equal(expected.Order(), events.Where(told => expected.Contains(told)).Order());
    }

    [Fact]
    public async Task Entries_come_with_events_about_what_is_there()
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("mkdir d; touch d/old");
        using var watch = await shared.Host.WatchAsync(sandbox, new { path = "d", includeEntry = true });
        await sandbox.RunAsync("rm d/old; mkdir d/new");
        var removed = (await watch.NextAsync()).Json["filesystem"]!.AsObject();
        Assert.Equal(["name", "type"], removed.Select(member => member.Key));
        var made = (await watch.NextAsync()).Json["filesystem"]!;
        Assert.Equal(("EVENT_TYPE_CREATE", "/home/user/d/new", "FILE_TYPE_DIRECTORY"), ((string)made["type"]!, (string)made["entry"]!["path"]!, (string)made["entry"]!["type"]!));
    }

    [Fact]
    public async Task End_of_the_folder_itself_is_told()
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("mkdir d e");
        using var removed = await shared.Host.WatchAsync(sandbox, new { path = "d" });
        using var moved = await shared.Host.WatchAsync(sandbox, new { path = "e", recursive = true });
        await sandbox.RunAsync("chmod 700 d; rmdir d; mv e f; touch f/unseen");
        Assert.Equal(["CHMOD ."], await removed.EventsToAsync("."));
        Assert.Equal(["REMOVE ."], await removed.EventsToAsync("."));
        Assert.Equal(["RENAME ."], await moved.EventsToAsync("."));
    }

    [Fact]
    public async Task Silent_watch_says_that_it_is_alive_and_ends_with_its_time()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var request = sandbox.Request(
            HttpMethod.Post, "/filesystem.Filesystem/WatchDir", TestSandbox.Envelope("""{"path":"~"}"""u8.ToArray()));
        request.Headers.Add("Keepalive-Ping-Interval", "1");
        request.Headers.Add("Connect-Timeout-Ms", "1500");
        using var watch = new TestStream(
            await shared.Host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel));
        await watch.NextAsync();
        Assert.Equal("""{"keepalive":{}}""", (await watch.NextAsync()).Json.ToJsonString());
        var (flags, json) = await watch.NextAsync();
        Assert.Equal((2, "deadline_exceeded"), (flags, (string)json["error"]!["code"]!));
    }

    [Theory]
    [InlineData("missing", "not_found")]
    [InlineData("f", "invalid_argument")]
    [InlineData("fifo", "invalid_argument")]
    [InlineData("loop", "failed_precondition")]
    public async Task What_is_no_folder_cannot_be_watched(string path, string code)
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("touch f; mkfifo fifo; ln -s loop loop");
        using var watch = await shared.Host.OpenWatchAsync(sandbox, new { path });
        var (flags, json) = await watch.NextAsync();
        Assert.Equal((2, code), (flags, (string)json["error"]!["code"]!));
        Assert.Equal(code, await sandbox.FailAsync("CreateWatcher", new { path }));
    }

    [Fact]
    public async Task Watch_ends_with_the_sandbox()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var watch = await shared.Host.WatchAsync(sandbox, new { path = "~", recursive = true });
        using var killed = await shared.Host.ControlAsync(HttpMethod.Delete, $"/sandboxes/{sandbox.Id}");
        (byte Flags, JsonNode Json) last;
        // The end of its files may be told first.
        do last = await watch.NextAsync();
        while (last.Flags == 0);
        Assert.Equal("unavailable", (string)last.Json["error"]!["code"]!);
    }

    [Fact]
    public async Task Watcher_is_polled_until_it_is_removed()
    {
        var sandbox = await shared.Host.CreateAsync();
        var other = await shared.Host.CreateAsync();
        await sandbox.RunAsync("mkdir d");
        var watcherId = (string)(await sandbox.DoAsync("CreateWatcher", new { path = "d", recursive = true, includeEntry = true }))["watcherId"]!;
        Assert.Equal("{}", (await sandbox.DoAsync("GetWatcherEvents", new { watcherId })).ToJsonString());
        await sandbox.RunAsync("mkdir d/e; echo x >d/e/f; touch d/end");
        var events = new List<JsonNode>();
        while (events.Count == 0 || (string?)events[^1]["name"] != "end")
            events.AddRange((await sandbox.DoAsync("GetWatcherEvents", new { watcherId }))["events"]?.AsArray().OfType<JsonNode>() ?? []);
        Assert.Equal(["CREATE e", "CREATE e/f"], events.Select(TestFilesystem.Shown).Where(told => told.StartsWith("CREATE e", StringComparison.Ordinal)).Take(2));
        Assert.Equal("not_found", await other.FailAsync("GetWatcherEvents", new { watcherId }));
        await sandbox.DoAsync("RemoveWatcher", new { watcherId });
        Assert.Equal("not_found", await sandbox.FailAsync("GetWatcherEvents", new { watcherId }));
        Assert.Equal("not_found", await sandbox.FailAsync("RemoveWatcher", new { watcherId }));
    }

    [Fact]
    public async Task Events_that_were_lost_are_told_as_a_failure()
    {
        var folder = Directory.CreateTempSubdirectory("watched-");
        using var root = new SafeFileHandle(LibC.open(folder.FullName, LibC.O_PATH | LibC.O_CLOEXEC, 0), ownsHandle: true);
        using var watcher = FolderWatcher.Open(new CageFiles(root, "/home", "/home"), "/home", recursive: true);
        var room = int.Parse(File.ReadAllText("/proc/sys/fs/inotify/max_queued_events"), CultureInfo.InvariantCulture);
        string[] two = [Path.Combine(folder.FullName, "a"), Path.Combine(folder.FullName, "b")];
        foreach (var path in two) await File.WriteAllTextAsync(path, "", Cancel);
        // Equal events in a row would be one.
        for (var i = 0; i <= room; i++) File.SetLastWriteTimeUtc(two[i % 2], DateTime.UnixEpoch);
        var failure = await Assert.ThrowsAsync<CageFileException>(async () =>
        {
            while (true) await watcher.ReadAsync(Cancel);
        });
        Assert.Contains("lost", failure.Message, StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Tree_with_too_many_folders_is_refused()
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("mkdir /dev/shm/d; cd /dev/shm/d; seq 8300 | xargs mkdir");
        using var watch = await shared.Host.OpenWatchAsync(sandbox, new { path = "/dev/shm/d", recursive = true });
        var (flags, json) = await watch.NextAsync();
        Assert.Equal((2, "resource_exhausted"), (flags, (string)json["error"]!["code"]!));
    }
}
