using Colloquy.Grains.Sandboxes;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Colloquy.Silo.Sandboxes;

public sealed class E2BStreamedFileTests : E2BTest
{
    private const string Upload = "POST /files";
    private const string Download = "GET /files";
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7))];

    [Theory]
    [InlineData("0.5.7", "application/octet-stream", true)]
    [InlineData("0.5.7", "application/octet-stream", false)]
    [InlineData("0.5.6", "multipart/form-data", true)]
    [InlineData("0.5.6", "multipart/form-data", false)]
    public async Task Write_streams_a_file_in_the_form_that_the_daemon_knows(string version, string type, bool canSeek)
    {
        Server.EnvdVersion = version;
        var sandbox = await CreateAsync();

        await sandbox.WriteAsync("a folder/ü&x.bin", canSeek ? new MemoryStream(Bytes) : new Source(Bytes), Token);

        Assert.StartsWith(type, Server.To(Upload).Single().Headers["Content-Type"], StringComparison.Ordinal);
        Assert.Equal(Bytes, Server.Files["a folder/ü&x.bin"]);
    }

    [Fact]
    public async Task Write_is_repeated_if_the_source_can_be_read_again_and_only_then()
    {
        var sandbox = await CreateAsync();
        using var source = new MemoryStream([9, 9, .. Bytes]) { Position = 2 };
        Server.Next(Upload, 503);

        await HurryAsync(sandbox.WriteAsync("x", source, Token));
        Assert.Equal(Bytes, Server.Files["x"]);
        Assert.True(source.CanRead);

        Server.Next(Upload, 503);
        await FailureAsync(SandboxFailure.Unavailable, () => sandbox.WriteAsync("x", new Source(Bytes), Token));
        Assert.Equal(3, Server.To(Upload).Count());
    }

    [Fact]
    public async Task Write_from_a_source_that_fails_says_what_the_source_said()
    {
        var sandbox = await CreateAsync();

        var exception = await Assert.ThrowsAsync<IOException>(
            () => sandbox.WriteAsync("x", new Source(Bytes, failsAtEnd: true), Token));

        Assert.Equal("the source broke", exception.Message);
        Assert.DoesNotContain("x", Server.Files.Keys);
    }

    [Fact]
    public async Task Write_to_a_server_that_says_nothing_ends()
    {
        using var provider = NewProvider(Server.Url, options => options.RequestTimeout = TimeSpan.FromMilliseconds(100));
        var sandbox = await provider.CreateAsync(Spec, Token);
        Server.Next(Upload, SilenceAsync);

        await FailureAsync(SandboxFailure.Unavailable, () => sandbox.WriteAsync("x", new Source(Bytes), Token));
    }

    [Fact]
    public async Task Read_streams_what_a_file_holds()
    {
        var sandbox = await CreateAsync();
        Server.Files["a folder/ü&x.bin"] = Bytes;

        Assert.Equal(Bytes, await ReadAsync(sandbox, "a folder/ü&x.bin"));

        var request = Assert.Single(Server.To(Download));
        Assert.Contains("username=user", request.Query, StringComparison.Ordinal);
        Assert.Equal(sandbox.Id, request.Headers["E2b-Sandbox-Id"]);
        Assert.Equal("49983", request.Headers["E2b-Sandbox-Port"]);
        Assert.Equal($"token-of-{sandbox.Id}", request.Headers["X-Access-Token"]);
    }

    [Fact]
    public async Task Read_of_a_file_that_is_not_there_gives_null()
    {
        Assert.Null(await (await CreateAsync()).ReadAsync("nothing", Token));
    }

    [Theory]
    [InlineData(400, SandboxFailure.Refused)]
    [InlineData(401, SandboxFailure.Refused)]
    [InlineData(500, SandboxFailure.Unavailable)]
    [InlineData(502, SandboxFailure.Unavailable)]
    public async Task Read_that_fails_says_why(int status, SandboxFailure failure)
    {
        var sandbox = await CreateAsync();
        Server.Next(Download, status, $$"""{"code":{{status}},"message":"why it failed"}""");

        var exception = await FailureAsync(failure, () => sandbox.ReadAsync("x", Token));

        Assert.Contains("why it failed", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_in_a_sandbox_that_has_ended_says_that_it_is_gone()
    {
        var sandbox = await CreateAsync();
        Server.Sandboxes.Clear();

        await FailureAsync(SandboxFailure.Gone, () => sandbox.ReadAsync("x", Token));
    }

    [Fact]
    public async Task Read_that_is_cut_off_is_a_failure_and_not_a_shorter_file()
    {
        var sandbox = await CreateAsync();
        Server.Next(Download, async context =>
        {
            await context.Response.Body.WriteAsync(Bytes);
            await context.Response.Body.FlushAsync();
            context.Abort();
            return true;
        });

        await FailureAsync(SandboxFailure.Unavailable, () => ReadAsync(sandbox, "x"));
    }

    [Fact]
    public async Task Read_that_falls_silent_is_a_failure()
    {
        var sandbox = await CreateAsync();
        Server.Next(Download, async context =>
        {
            await context.Response.Body.WriteAsync(Bytes.AsMemory(0, 10));
            await context.Response.Body.FlushAsync();
            return await SilenceAsync(context);
        });
        await using var content = (await sandbox.ReadAsync("x", Token))!;
        await content.ReadExactlyAsync(new byte[10], Token);
        Time.Advance(TimeSpan.FromHours(1)); // its reader may take its time
        var next = content.ReadAsync(new byte[1], Token).AsTask();

        Time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(next.IsCompleted);
        Time.Advance(TimeSpan.FromSeconds(1));

        await FailureAsync(SandboxFailure.Unavailable, () => next);
    }

    private static async Task<byte[]> ReadAsync(ISandbox sandbox, string path)
    {
        await using var content = (await sandbox.ReadAsync(path, Token))!;
        using var bytes = new MemoryStream();
        await content.CopyToAsync(bytes, Token);
        return bytes.ToArray();
    }

    private static async Task<bool> SilenceAsync(HttpContext context)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        return true;
    }
}
