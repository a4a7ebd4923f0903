using System.Globalization;
using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests;

public sealed class FilesystemTests(SharedHost shared)
{
    [Fact]
    public async Task Stat_tells_what_E2B_tells()
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("printf hello >f; chmod 640 f; touch -d '2026-01-02 03:04:05.678 UTC' f; touch -d @0 empty; mkdir d; chmod 1777 d");
        var file = await sandbox.StatAsync("f");
        Assert.Equal(
            """{"name":"f","type":"FILE_TYPE_FILE","path":"/home/user/f","size":"5","mode":416,"permissions":"-rw-r-----","owner":"user","group":"user","modifiedTime":"2026-01-02T03:04:05.678Z"}""",
            file.ToJsonString());
        var empty = (await sandbox.StatAsync("/home/user//x/../empty")).AsObject();
        Assert.False(empty.ContainsKey("size"));
        Assert.False(empty.ContainsKey("modifiedTime"));
        Assert.Equal("/home/user/empty", (string)empty["path"]!);
        var folder = await sandbox.StatAsync("~/d");
        Assert.Equal(("FILE_TYPE_DIRECTORY", "dtrwxrwxrwx", 511), ((string)folder["type"]!, (string)folder["permissions"]!, (int)folder["mode"]!));
        Assert.Equal("/", (string)(await sandbox.StatAsync("/"))["name"]!);
        Assert.Equal("not_found", await sandbox.FailAsync("Stat", new { path = "missing" }));
        Assert.Equal("not_found", await sandbox.FailAsync("Stat", new { path = "missing/below" }));
    }

    [Theory]
    [InlineData(IsolationMode.Bubblewrap)]
    [InlineData(IsolationMode.None)]
    public async Task Links_are_told_with_the_type_of_what_they_lead_to(IsolationMode isolation)
    {
        await using var host = await TestHost.StartAsync(isolation);
        var sandbox = await host.CreateAsync();
        await sandbox.RunAsync("mkdir d; echo x >d/f; chmod 600 d/f; ln -s d e; ln -s e/f link; ln -s nowhere dangling; ln -s loop loop");
        var link = await sandbox.StatAsync("link");
        Assert.Equal(
            ("FILE_TYPE_FILE", "/home/user/link", "/home/user/d/f", 384, "Lrwxrwxrwx", "3"),
            ((string)link["type"]!, (string)link["path"]!, (string)link["symlinkTarget"]!, (int)link["mode"]!, (string)link["permissions"]!, (string)link["size"]!));
        Assert.Equal("FILE_TYPE_DIRECTORY", (string)(await sandbox.StatAsync("e"))["type"]!);
        foreach (var name in new[] { "dangling", "loop" })
        {
            var entry = (await sandbox.StatAsync(name)).AsObject();
            Assert.False(entry.ContainsKey("type"));
            Assert.Equal($"/home/user/{name}", (string)entry["symlinkTarget"]!);
        }

        Assert.Equal("failed_precondition", await sandbox.FailAsync("ListDir", new { path = "loop" }));
    }

    [Fact]
    public async Task Owners_are_those_that_commands_see()
    {
        var sandbox = await shared.Host.CreateAsync();
        foreach (var path in new[] { "/home/user", "/usr/bin/env", "/etc/passwd", "/proc" })
        {
            var entry = await sandbox.StatAsync(path);
            var seen = await sandbox.RunAsync($"stat -c '%U %G' {path}");
            Assert.Equal(seen.Stdout.Trim(), $"{entry["owner"]} {entry["group"]}");
        }
    }

    [Fact]
    public async Task Folders_are_made_with_those_they_are_in()
    {
        var sandbox = await shared.Host.CreateAsync();
        var made = (await sandbox.DoAsync("MakeDir", new { path = "a/b/c" }))["entry"]!;
        Assert.Equal(("c", "/home/user/a/b/c", "FILE_TYPE_DIRECTORY", "user"), ((string)made["name"]!, (string)made["path"]!, (string)made["type"]!, (string)made["owner"]!));
        Assert.Equal("already_exists", await sandbox.FailAsync("MakeDir", new { path = "a/b" }));
        Assert.Equal("already_exists", await sandbox.FailAsync("MakeDir", new { path = "/" }));
        await sandbox.RunAsync("touch f; ln -s nowhere dangling");
        Assert.Equal("invalid_argument", await sandbox.FailAsync("MakeDir", new { path = "f" }));
        Assert.Equal("invalid_argument", await sandbox.FailAsync("MakeDir", new { path = "f/g" }));
        Assert.Equal("already_exists", await sandbox.FailAsync("MakeDir", new { path = "dangling" }));
        Assert.Equal("permission_denied", await sandbox.FailAsync("MakeDir", new { path = "/etc/new" }));
        Assert.Equal("drwxr-xr-x user\n", (await sandbox.RunAsync("stat -c '%A %U' a/b")).Stdout);
    }

    [Fact]
    public async Task Moving_renames_and_makes_the_folder_it_goes_to()
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("echo 1 >f; mkdir d; echo 2 >d/g; ln -s f link; mkdir full; touch full/x");
        var moved = (await sandbox.DoAsync("Move", new { source = "f", destination = "new/place/f2" }))["entry"]!;
        Assert.Equal(("f2", "/home/user/new/place/f2", "2"), ((string)moved["name"]!, (string)moved["path"]!, (string)moved["size"]!));
        await sandbox.DoAsync("Move", new { source = "d", destination = "e" });
        await sandbox.DoAsync("Move", new { source = "link", destination = "link2" });
        Assert.Equal("2\nf\n", (await sandbox.RunAsync("cat e/g; readlink link2")).Stdout);
        Assert.Equal("not_found", await sandbox.FailAsync("Move", new { source = "f", destination = "made/for/nothing" }));
        Assert.Equal("not_found", await sandbox.FailAsync("Stat", new { path = "made" }));
        Assert.Equal("invalid_argument", await sandbox.FailAsync("Move", new { source = "e", destination = "full" }));
        Assert.Equal("invalid_argument", await sandbox.FailAsync("Move", new { source = "e", destination = "e/below" }));
        Assert.Equal("invalid_argument", await sandbox.FailAsync("Move", new { source = "e" }));
    }

    [Fact]
    public async Task Listing_goes_as_deep_as_asked_and_not_through_links()
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("mkdir -p t/b/c/d t/a; touch t/b/c/f t/z; ln -s /usr t/link; ln -s t alias; mkdir none");
        Assert.Equal(["/home/user/t/a", "/home/user/t/b", "/home/user/t/link", "/home/user/t/z"], await sandbox.ListAsync("t"));
        Assert.Equal(
            ["/home/user/alias/a", "/home/user/alias/b", "/home/user/alias/b/c", "/home/user/alias/link", "/home/user/alias/z"],
            await sandbox.ListAsync("alias", depth: 2));
        Assert.Equal(7, (await sandbox.ListAsync("t", depth: 10)).Length);
        Assert.Equal("{}", (await sandbox.DoAsync("ListDir", new { path = "none" })).ToJsonString());
        Assert.Equal("not_found", await sandbox.FailAsync("ListDir", new { path = "missing" }));
        Assert.Equal("invalid_argument", await sandbox.FailAsync("ListDir", new { path = "t/z" }));
    }

    [Fact]
    public async Task Removing_takes_files_links_and_whole_folders()
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("mkdir -p t/a/b keep; touch t/f t/a/g keep/me; ln -s ../keep t/link; ln -s keep alias; mkfifo t/fifo; chmod 0 t/a");
        await sandbox.DoAsync("Remove", new { path = "t" });
        await sandbox.DoAsync("Remove", new { path = "alias" });
        Assert.Equal("{}", (await sandbox.DoAsync("Remove", new { path = "missing/too" })).ToJsonString());
        Assert.Equal("keep\nkeep/me\n", (await sandbox.RunAsync("find * | sort")).Stdout);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/home")]
    [InlineData("/home/user")]
    [InlineData("/tmp")]
    [InlineData("/usr/bin/env")]
    [InlineData("/proc/1")]
    [InlineData("")]
    public async Task What_a_sandbox_stands_on_is_not_removed(string path)
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("touch f /tmp/f");
        Assert.Contains(await sandbox.FailAsync("Remove", new { path }), new[] { "invalid_argument", "permission_denied" });
        Assert.Equal("f\n/tmp/f\n", (await sandbox.RunAsync("ls f /tmp/f | sort -r")).Stdout);
    }

    [Fact]
    public async Task Without_isolation_only_the_home_is_served()
    {
        await using var host = await TestHost.StartAsync(IsolationMode.None);
        var sandbox = await host.CreateAsync();
        var folder = host.FolderOf(sandbox);
        await sandbox.RunAsync("mkdir d; touch d/f; ln -s /etc out");
        Assert.Equal(["/home/user/d", "/home/user/d/f", "/home/user/out"], await sandbox.ListAsync("~", depth: 3));
        Assert.Equal("invalid_argument", await sandbox.FailAsync("ListDir", new { path = "out" }));
        Assert.Equal("invalid_argument", await sandbox.FailAsync("Stat", new { path = "/etc" }));
        Assert.Equal("invalid_argument", await sandbox.FailAsync("Remove", new { path = "/home/user" }));
        Assert.Equal("invalid_argument", await sandbox.FailAsync("Move", new { source = "d", destination = "../../d" }));
        Assert.Equal(Environment.UserName, (string)(await sandbox.StatAsync("d"))["owner"]!);
        await sandbox.DoAsync("Move", new { source = "d", destination = "e/f" });
        await sandbox.DoAsync("Remove", new { path = "e" });
        Assert.Equal(["out"], Directory.EnumerateFileSystemEntries(Path.Combine(folder, "disk", "home")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Messages_are_read_as_proto3_JSON()
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("mkdir -p a/b");
        Assert.Equal(2, (await sandbox.DoAsync("ListDir", new { path = "", depth = 2.ToString(CultureInfo.InvariantCulture), unknown = 1 }))["entries"]!.AsArray().Count);
        foreach (var body in new[] { "", "null", "[]", """{"path":1}""", """{"path":"\ud800"}""" })
        {
            using var content = new StringContent(body, null, "application/json");
            using var response = await sandbox.SendAsync(HttpMethod.Post, "/filesystem.Filesystem/Stat", content);
            Assert.True((int)response.StatusCode == 400, body);
        }

        Assert.Equal("invalid_argument", await sandbox.FailAsync("Stat", new { path = "a\0b" }));
        Assert.Equal("invalid_argument", await sandbox.FailAsync("Stat", new { path = "~root/x" }));
    }
}
