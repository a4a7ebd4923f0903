using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests;

public sealed class FileTests(SharedHost shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(IsolationMode.Bubblewrap)]
    [InlineData(IsolationMode.None)]
    public async Task Written_file_is_there_for_commands_and_back(IsolationMode isolation)
    {
        await using var host = await TestHost.StartAsync(isolation);
        var sandbox = await host.CreateAsync();
        using var written = await sandbox.UploadAsync("/home/user/a/b/c.txt", "hällo");
        Assert.Equal(
            """[{"path":"/home/user/a/b/c.txt","name":"c.txt","type":"file"}]""",
            await written.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("hällo", (await sandbox.RunAsync("cat a/b/c.txt; echo more >>a/b/c.txt; stat -c %U a/b >&2")).Stdout);
        Assert.Equal((200, "hällomore\n"), await sandbox.DownloadAsync("a/b/c.txt"));
        using (await sandbox.UploadAsync("a/b/c.txt", "x")) { }
        Assert.Equal((200, "x"), await sandbox.DownloadAsync("~/a/b/c.txt"));
    }

    [Fact]
    public async Task Several_files_come_in_one_multipart_request()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var form = new MultipartFormDataContent
        {
            { new StringContent("1"), "file", "/home/user/one" },
            { new StringContent("ignored"), "other", "/home/user/other" },
            { new StringContent("2"), "file", "sub/zwei ä" },
        };
        using var response = await sandbox.SendAsync(HttpMethod.Post, "/files", form);
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!.AsArray();
        Assert.Equal(["/home/user/one", "/home/user/sub/zwei ä"], body.Select(file => (string)file!["path"]!));
        Assert.Equal("12", (await sandbox.RunAsync("cat one 'sub/zwei ä'; ls other")).Stdout);
    }

    [Theory]
    [InlineData("missing", 404)]
    [InlineData("/home/user", 400)]
    [InlineData("/dev/zero", 400)]
    [InlineData("/proc/self/environ", 404)]
    [InlineData("/proc/1/environ", 400)]
    [InlineData("/proc/1/root/etc/shadow", 400)]
    [InlineData("/etc/shadow", 404)]
    [InlineData("../../../../etc/shadow", 404)]
    [InlineData("shadow", 404)]
    [InlineData("up/etc/shadow", 404)]
    [InlineData("magic/etc/shadow", 400)]
    [InlineData("fifo", 400)]
    [InlineData("a\0b", 400)]
    public async Task Reading_stays_in_the_sandbox_and_in_regular_files(string path, int status)
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("ln -s /etc/shadow shadow; ln -s ../../../../.. up; ln -s /proc/1/root magic; mkfifo fifo");
        Assert.Equal(status, (await sandbox.DownloadAsync(path)).Status);
    }

    [Fact]
    public async Task Writing_through_links_stays_in_the_sandbox()
    {
        var outside = Directory.CreateTempSubdirectory("outside-").FullName;
        var sandbox = await shared.Host.CreateAsync();
        var up = string.Concat(Enumerable.Repeat("../", 30));
        await sandbox.RunAsync($"ln -s {outside}/new absolute; ln -s {up}{outside.TrimStart('/')} relative; ln -s /usr/bin system; ln -s /tmp tmp; ln -s /home/user/there dangling");
        using var absolute = await sandbox.UploadAsync("absolute", "x");
        using var relative = await sandbox.UploadAsync("relative/new", "x");
        using var system = await sandbox.UploadAsync("system/new", "x");
        using var dangling = await sandbox.UploadAsync("dangling", "there");
        using var tmp = await sandbox.UploadAsync("tmp/in", "in /tmp");
        using var proc = await sandbox.UploadAsync("/proc/sys/kernel/core_pattern", "x");
        using var etc = await sandbox.UploadAsync("/etc/passwd", "x");
        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
        Assert.All([absolute, relative, system, proc, etc], response => Assert.Contains((int)response.StatusCode, new[] { 400, 404 }));
        Assert.Equal("there|in /tmp", (await sandbox.RunAsync("cat there; printf '|'; cat /tmp/in")).Stdout);
        Directory.Delete(outside);
    }

    [Fact]
    public async Task Without_isolation_links_that_leave_the_home_are_refused()
    {
        await using var host = await TestHost.StartAsync(IsolationMode.None);
        var sandbox = await host.CreateAsync();
        await sandbox.RunAsync("ln -s /etc/passwd passwd; ln -s ../../../../../../../etc etc; mkdir d; ln -s d e");
        Assert.Equal(400, (await sandbox.DownloadAsync("passwd")).Status);
        Assert.Equal(400, (await sandbox.DownloadAsync("etc/passwd")).Status);
        Assert.Equal(400, (await sandbox.DownloadAsync("/etc/passwd")).Status);
        using var response = await sandbox.UploadAsync("e/f", "inside");
        Assert.Equal("inside", (await sandbox.RunAsync("cat d/f")).Stdout);
    }

    [Fact]
    public async Task Range_and_empty_files_are_served()
    {
        var sandbox = await shared.Host.CreateAsync();
        using (await sandbox.UploadAsync("digits.txt", "0123456789")) { }
        using (await sandbox.UploadAsync("empty", "")) { }
        using var request = sandbox.Request(HttpMethod.Get, "/files?path=digits.txt");
        request.Headers.Range = new(3, 5);
        using var part = await shared.Host.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal("345", await part.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("text/plain", part.Content.Headers.ContentType!.MediaType);
        Assert.Equal((200, ""), await sandbox.DownloadAsync("empty"));
        using var behind = sandbox.Request(HttpMethod.Get, "/files?path=digits.txt");
        behind.Headers.Range = new(10, null);
        using var refused = await shared.Host.Http.SendAsync(behind, Cancel);
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, refused.StatusCode);
    }

    [Fact]
    public async Task Bad_uploads_are_400_and_strangers_401()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var text = new StringContent("x", Encoding.UTF8, "text/plain");
        using var wrongType = await sandbox.SendAsync(HttpMethod.Post, "/files?path=x", text);
        Assert.Equal(HttpStatusCode.BadRequest, wrongType.StatusCode);
        using var noPath = await sandbox.UploadAsync("", "x");
        Assert.Equal(HttpStatusCode.BadRequest, noPath.StatusCode);
        using var broken = new StringContent("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\nabc");
        broken.Headers.ContentType = new("multipart/form-data") { Parameters = { new("boundary", "b") } };
        using var truncated = await sandbox.SendAsync(HttpMethod.Post, "/files", broken);
        Assert.Equal(HttpStatusCode.BadRequest, truncated.StatusCode);
        using var otherUser = await sandbox.SendAsync(HttpMethod.Get, "/files?path=x&username=root");
        Assert.Equal(HttpStatusCode.Unauthorized, otherUser.StatusCode);
        using var stranger = await new TestSandbox(shared.Host.Http, sandbox.Id, "wrong").UploadAsync("x", "x");
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
    }
}
