using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests;

/// <summary>Files over HTTP, beyond plain reading and writing.</summary>
public sealed class FileTransferTests(SharedHost shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, null)]
    [InlineData("gzip", "gzip")]
    [InlineData("gzip, deflate", "gzip")]
    [InlineData("identity, gzip;q=0.5", null)]
    [InlineData("*", null)]
    [InlineData("*, identity;q=0", "gzip")]
    [InlineData("br", null)]
    public async Task Download_is_compressed_if_the_caller_asks(string? accepted, string? used)
    {
        var sandbox = await shared.Host.CreateAsync();
        var text = string.Concat(Enumerable.Repeat("hällo ", 50_000));
        using (await sandbox.UploadAsync("f.txt", text)) { }
        using var response = await GetAsync(sandbox, "f.txt", ("Accept-Encoding", accepted));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(used, response.Content.Headers.ContentEncoding.SingleOrDefault());
        Assert.Equal("Accept-Encoding", response.Headers.Vary.Single());
        var body = await response.Content.ReadAsStreamAsync(Cancel);
        using var reader = new StreamReader(used is null ? body : new GZipStream(body, CompressionMode.Decompress));
        Assert.Equal(text, await reader.ReadToEndAsync(Cancel));
    }

    [Theory]
    [InlineData("br, identity;q=0")]
    [InlineData("*;q=0")]
    public async Task Caller_who_takes_nothing_that_there_is_gets_406(string accepted)
    {
        var sandbox = await shared.Host.CreateAsync();
        using (await sandbox.UploadAsync("f", "x")) { }
        using var response = await GetAsync(sandbox, "f", ("Accept-Encoding", accepted));
        Assert.Equal(HttpStatusCode.NotAcceptable, response.StatusCode);
    }

    [Fact]
    public async Task Ranges_and_conditions_are_about_the_plain_bytes()
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("printf 0123456789 >f; touch -d '2026-01-02 03:04:05.6 UTC' f");
        const string Modified = "Fri, 02 Jan 2026 03:04:05 GMT", Before = "Fri, 02 Jan 2026 03:04:04 GMT";
        async Task CheckAsync(int status, string body, params (string, string?)[] headers)
        {
            using var response = await GetAsync(sandbox, "f", headers);
            Assert.Equal((status, body), ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Cancel)));
            Assert.Equal(Modified, response.Content.Headers.LastModified?.ToString("r"));
        }

        await CheckAsync(206, "789", ("Range", "bytes=7-"), ("Accept-Encoding", "gzip"));
        await CheckAsync(206, "89", ("Range", "bytes=-2"));
        await CheckAsync(206, "0123456789", ("Range", "bytes=0-"));
        await CheckAsync(200, "0123456789", ("Range", "bytes=0-1,3-4"));
        await CheckAsync(416, "", ("Range", "bytes=10-"));
        await CheckAsync(304, "", ("If-Modified-Since", Modified), ("Accept-Encoding", "gzip"));
        await CheckAsync(200, "0123456789", ("If-Modified-Since", Before));
        await CheckAsync(304, "", ("If-None-Match", "*"));
        await CheckAsync(200, "0123456789", ("If-None-Match", "\"x\""), ("If-Modified-Since", Modified));
        await CheckAsync(412, "", ("If-Unmodified-Since", Before));
        await CheckAsync(412, "", ("If-Match", "\"x\""));
        await CheckAsync(206, "1", ("If-Range", Modified), ("Range", "bytes=1-1"));
        await CheckAsync(200, "0123456789", ("If-Range", Before), ("Range", "bytes=1-1"));
    }

    [Theory]
    [InlineData("a.html", "x", "text/html; charset=utf-8")]
    [InlineData("a.json", "x", "application/json")]
    [InlineData("README", "hällo", "text/plain; charset=utf-8")]
    [InlineData("README", "\0", "application/octet-stream")]
    [InlineData("zwei \"ä\"\n.png", "x", "image/png")]
    public async Task Download_says_what_it_is_and_how_it_is_called(string name, string content, string type)
    {
        var sandbox = await shared.Host.CreateAsync();
        using (await sandbox.UploadAsync(name, content)) { }
        using var response = await GetAsync(sandbox, name);
        Assert.Equal(type, response.Content.Headers.ContentType!.ToString());
        var disposition = response.Content.Headers.ContentDisposition!;
        Assert.Equal("inline", disposition.DispositionType);
        Assert.Equal(name, disposition.FileNameStar ?? disposition.FileName);
    }

    [Fact]
    public async Task Upload_may_come_compressed()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var good = await PostAsync(sandbox, "f", Gzip("hello"), "gzip");
        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
        Assert.Equal((200, "hello"), await sandbox.DownloadAsync("f"));
        using var form = new MultipartFormDataContent { { new StringContent("in a form"), "file", "g" } };
        using var zipped = await PostAsync(sandbox, null, Gzip(await form.ReadAsStringAsync(Cancel)), "gzip", form.Headers.ContentType!.ToString());
        Assert.Equal((200, "in a form"), await sandbox.DownloadAsync("g"));
    }

    [Fact]
    public async Task Broken_upload_leaves_the_file_as_it_was()
    {
        var sandbox = await shared.Host.CreateAsync();
        using (await sandbox.UploadAsync("f", "before")) { }
        using var otherEncoding = await PostAsync(sandbox, "f", [1, 2, 3], "br");
        using var noGzip = await PostAsync(sandbox, "f", Encoding.UTF8.GetBytes("plain text"), "gzip");
        using var cut = await PostAsync(sandbox, "f", Gzip(new string('x', 1000))[..12], "gzip");
        using var noEnd = await PostAsync(sandbox, "f", Gzip("hello")[..^4], "gzip");
        using var noPath = await PostAsync(sandbox, null, [1], null);
        using var badMetadata = await PostAsync(sandbox, "f", [1], null, more: ("X-Metadata-a", "tab\there"));
        Assert.All([otherEncoding, noGzip, cut, noEnd, noPath, badMetadata], response => Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode));
        Assert.Equal((200, "before"), await sandbox.DownloadAsync("f"));
    }

    [Fact]
    public async Task Overwritten_file_keeps_its_mode_and_its_links()
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("echo longer than new >f; chmod 755 f; ln f hard; ln -s f soft");
        using (await sandbox.UploadAsync("soft", "new")) { }
        Assert.Equal("new new -rwxr-xr-x 2", (await sandbox.RunAsync("cat f; echo -n ' '; cat hard; stat -c ' %A %h' f | tr -d '\\n'")).Stdout);
    }

    [Fact]
    public async Task Metadata_is_stored_replaced_and_told()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var first = await PostAsync(sandbox, "f", [1], null, more: [("X-Metadata-Author", "me"), ("X-Metadata-b", "2")]);
        Assert.Equal(
            """{"author":"me","b":"2"}""",
            JsonNode.Parse(await first.Content.ReadAsStringAsync(Cancel))![0]!["metadata"]!.ToJsonString());
        Assert.Equal("""{"author":"me","b":"2"}""", (await sandbox.StatAsync("f"))["metadata"]!.ToJsonString());
        await sandbox.RunAsync("ln -s f link");
        Assert.Equal("""{"author":"me","b":"2"}""", (await sandbox.StatAsync("link"))["metadata"]!.ToJsonString());
        using var second = await PostAsync(sandbox, "f", [1], null, more: ("X-Metadata-c", "3"));
        Assert.Equal("""{"c":"3"}""", (await sandbox.StatAsync("f"))["metadata"]!.ToJsonString());
        using var none = await PostAsync(sandbox, "f", [1], null);
        Assert.Null((await sandbox.StatAsync("f"))["metadata"]);
        using var big = await PostAsync(sandbox, "f", [1], null, more: ("X-Metadata-big", new string('x', 4096)));
        Assert.Equal(HttpStatusCode.BadRequest, big.StatusCode);
    }

    [Fact]
    public async Task Files_are_composed_to_one()
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("printf a >1; printf b >2; printf c >3; mkdir d; printf old >d/whole; chmod 640 d/whole; ln -s . loop");
        Assert.Equal(400, await ComposeAsync(sandbox, new { source_paths = Array.Empty<string>(), destination = "w" }));
        Assert.Equal(400, await ComposeAsync(sandbox, new { source_paths = new[] { "1" } }));
        Assert.Equal(400, await ComposeAsync(sandbox, new { source_paths = new[] { "1", "/home/user/w" }, destination = "w" }));
        Assert.Equal(404, await ComposeAsync(sandbox, new { source_paths = new[] { "1", "missing" }, destination = "w" }));
        Assert.Equal(400, await ComposeAsync(sandbox, new { source_paths = new[] { "1", "d" }, destination = "w" }));
        Assert.Equal(400, await ComposeAsync(sandbox, new { source_paths = new[] { "1", "2" }, destination = "d" }));
        Assert.Equal(401, await ComposeAsync(sandbox, new { source_paths = new[] { "1" }, destination = "w", username = "root" }));
        Assert.Equal("1\n2\n3\nd\nd/whole\nloop\n", (await sandbox.RunAsync("find * | sort")).Stdout);
        Assert.Equal(200, await ComposeAsync(sandbox, new { source_paths = new[] { "1", "2", "3" }, destination = "d/whole" }));
        Assert.Equal(200, await ComposeAsync(sandbox, new { source_paths = new[] { "d/whole" }, destination = "new/place" }));
        Assert.Equal("abc-rw-r-----\nd\nloop\nnew\nnew/place\n", (await sandbox.RunAsync("cat new/place; stat -c %A new/place | sed s/-rw-r--r--/-rw-r-----/; find * | sort")).Stdout);
    }

    [Fact]
    public async Task Full_disk_is_507()
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("fallocate -l $(df --output=avail -B1 /tmp | tail -n 1) /tmp/fill");
        using var response = await PostAsync(sandbox, "/tmp/f", new byte[1 << 20], null);
        Assert.Equal(HttpStatusCode.InsufficientStorage, response.StatusCode);
        await sandbox.RunAsync("rm /tmp/fill");
    }

    [Fact]
    public async Task Large_files_pass_through_in_pieces()
    {
        const int Size = 200 << 20;
        var sandbox = await shared.Host.CreateAsync();
        using var process = Process.GetCurrentProcess();
        var before = process.PeakWorkingSet64;
        using var content = new StreamContent(new Zeros(Size));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using (var sent = await sandbox.SendAsync(HttpMethod.Post, "/files?path=big", content))
            Assert.Equal(HttpStatusCode.OK, sent.StatusCode);
        using var request = sandbox.Request(HttpMethod.Get, "/files?path=big");
        using var response = await shared.Host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        Assert.Equal(Size, response.Content.Headers.ContentLength);
        var (read, buffer) = (0L, new byte[1 << 16]);
        await using var body = await response.Content.ReadAsStreamAsync(Cancel);
        while (await body.ReadAsync(buffer, Cancel) is > 0 and var count) read += count;
        Assert.Equal(Size, read);
        process.Refresh();
        Assert.InRange(process.PeakWorkingSet64 - before, 0, Size / 2);
        await sandbox.DoAsync("Remove", new { path = "big" });
    }

    private async Task<HttpResponseMessage> GetAsync(TestSandbox sandbox, string path, params (string Name, string? Value)[] headers)
    {
        using var request = sandbox.Request(HttpMethod.Get, $"/files?path={Uri.EscapeDataString(path)}");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await shared.Host.Http.SendAsync(request, Cancel);
    }

    private async Task<HttpResponseMessage> PostAsync(
        TestSandbox sandbox, string? path, byte[] body, string? encoding, string type = "application/octet-stream", params (string Name, string Value)[] more)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        if (encoding is not null) content.Headers.ContentEncoding.Add(encoding);
        var query = path is null ? "" : $"?path={Uri.EscapeDataString(path)}";
        using var request = sandbox.Request(HttpMethod.Post, $"/files{query}", content);
        foreach (var (name, value) in more) request.Headers.TryAddWithoutValidation(name, value);
        return await shared.Host.Http.SendAsync(request, Cancel);
    }

    private static async Task<int> ComposeAsync(TestSandbox sandbox, object message)
    {
        using var content = System.Net.Http.Json.JsonContent.Create(message);
        using var response = await sandbox.SendAsync(HttpMethod.Post, "/files/compose", content);
        return (int)response.StatusCode;
    }

    private static byte[] Gzip(string text)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return zipped.ToArray();
    }

    private sealed class Zeros(long size) : Stream
    {
        private long _left = size;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, _left);
            Array.Clear(buffer, offset, read);
            _left -= read;
            return read;
        }

        public override void Flush()
        {
            // Nothing is written.
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
