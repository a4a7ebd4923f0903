using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests;

public sealed class ProcessInputTests(SharedHost shared)
{
    private const int MoreThanAPipeHolds = 3_000_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(IsolationMode.Bubblewrap)]
    [InlineData(IsolationMode.None)]
    public async Task Input_stays_open_until_it_is_closed(IsolationMode isolation)
    {
        await using var host = await TestHost.StartAsync(isolation);
        var sandbox = await host.CreateAsync();
        // Left out, stdin is true.
        using var stream = await sandbox.OpenAsync("Start", new { process = new { cmd = "cat" } });
        var pid = await stream.StartedAsync();
        foreach (var text in new[] { "one\n", "zwö\n" })
        {
            Assert.Equal((200, "{}"), await SendAsync(sandbox, pid, text));
            Assert.Equal(text, await stream.NextOutputAsync());
        }

        Assert.Equal((200, "{}"), await CloseAsync(sandbox, pid));
        Assert.Equal(0, (await stream.ReadToEndAsync()).ExitCode);
        var (status, body) = await SendAsync(sandbox, pid, "late");
        Assert.Equal(404, status);
        Assert.Contains("not_found", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Process_without_stdin_finds_the_end_and_takes_no_input()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var stream = await sandbox.ShellAsync("cat; echo end; sleep 1000");
        var pid = await stream.StartedAsync();
        Assert.Equal("end\n", await stream.NextOutputAsync());
        await AssertNoInputAsync(sandbox, pid, "stdin not enabled or closed");
        Assert.Equal(200, (await CloseAsync(sandbox, pid)).Status);
    }

    [Fact]
    public async Task Closed_input_takes_no_more()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var stream = await StartAsync(sandbox, "cat; sleep 1000");
        var pid = await stream.StartedAsync();
        await CloseAsync(sandbox, pid);
        await AssertNoInputAsync(sandbox, pid, "stdin not enabled or closed");
    }

    [Fact]
    public async Task Input_that_the_process_has_closed_fails()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var stream = await StartAsync(sandbox, "exec <&-; echo closed; exec sleep 1000");
        var pid = await stream.StartedAsync();
        Assert.Equal("closed\n", await stream.NextOutputAsync());
        await AssertNoInputAsync(sandbox, pid, "closed its stdin");
    }

    [Fact]
    public async Task Large_input_arrives_whole()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var stream = await StartAsync(sandbox, "sha1sum");
        var pid = await stream.StartedAsync();
        var bytes = new byte[MoreThanAPipeHolds];
        new Random(1).NextBytes(bytes);
        Assert.Equal(200, (await SendAsync(sandbox, pid, bytes, Cancel)).Status);
        await CloseAsync(sandbox, pid);
#pragma warning disable CA5350 // a checksum
        var expected = Convert.ToHexStringLower(System.Security.Cryptography.SHA1.HashData(bytes));
#pragma warning restore CA5350
        Assert.Equal($"{expected}  -\n", (await stream.ReadToEndAsync()).Stdout);
    }

    [Fact]
    public async Task Process_that_does_not_read_holds_up_only_who_writes_to_it()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var stream = await StartAsync(sandbox, "exec sleep 1000");
        var pid = await stream.StartedAsync();
        var stuck = SendAsync(sandbox, pid, new byte[MoreThanAPipeHolds], Cancel);
        Assert.Equal("still served\n", (await sandbox.RunAsync("echo still served")).Stdout);
        Assert.False(stuck.IsCompleted);
        await sandbox.CallAsync("SendSignal", new { process = new { pid }, signal = "SIGNAL_SIGKILL" });
        var (status, body) = await stuck;
        // On a busy machine the process may have ended before its input was asked for.
        Assert.True(status is 500 or 404, body);
    }

    [Fact]
    public async Task Caller_that_leaves_makes_room_for_the_next()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var stream = await StartAsync(sandbox, "echo started; until [ -e go ]; do sleep 0.02; done; tail -n 1");
        var pid = await stream.StartedAsync();
        using (var leaves = CancellationTokenSource.CreateLinkedTokenSource(Cancel))
        {
            var stuck = SendAsync(sandbox, pid, new byte[MoreThanAPipeHolds], leaves.Token);
            Assert.Equal("started\n", await stream.NextOutputAsync());
            await leaves.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stuck);
        }

        var next = SendAsync(sandbox, pid, "\nlast\n");
        using (await sandbox.UploadAsync("go", "")) { }
        Assert.Equal(200, (await next).Status);
        await CloseAsync(sandbox, pid);
        Assert.Equal("last\n", (await stream.ReadToEndAsync()).Stdout);
    }

    [Fact]
    public async Task Input_can_be_streamed()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var stream = await StartAsync(sandbox, "exec cat");
        var pid = await stream.StartedAsync();
        using var input = await StreamAsync(
            sandbox,
            new { start = new { process = new { pid } } },
            new { data = new { input = new { stdin = Convert.ToBase64String("hel"u8) } } },
            new { keepalive = new { } },
            new { data = new { input = new { stdin = Convert.ToBase64String("lo\n"u8) } } });
        Assert.Equal(("{}", (byte)0), await NextAsync(input));
        Assert.Equal(("{}", (byte)2), await NextAsync(input));
        await CloseAsync(sandbox, pid);
        Assert.Equal("hello\n", (await stream.ReadToEndAsync()).Stdout);
    }

    [Fact]
    public async Task Bad_input_streams_fail_in_the_trailer()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var unknown = await StreamAsync(sandbox, new { start = new { process = new { pid = 4711 } } });
        Assert.Equal("not_found", (await unknown.ReadToEndAsync()).ErrorCode);
        using var headless = await StreamAsync(sandbox, new { data = new { input = new { stdin = "" } } });
        Assert.Equal("invalid_argument", (await headless.ReadToEndAsync()).ErrorCode);
        using var cut = await sandbox.OpenAsync("StreamInput", new { }, request => request.Content = Body([0, 0, 0, 0, 9, 1]));
        Assert.Equal("invalid_argument", (await cut.ReadToEndAsync()).ErrorCode);
    }

    [Fact]
    public async Task Terminals_are_refused_by_name()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var pty = await sandbox.OpenAsync("Start", new { process = new { cmd = "sh" }, pty = new { size = new { cols = 80, rows = 24 } } });
        var trailer = (await pty.ReadToEndAsync()).Trailer;
        Assert.Equal("unimplemented", (string)trailer["error"]!["code"]!);
        Assert.StartsWith("pty: ", (string)trailer["error"]!["message"]!, StringComparison.Ordinal);

        using var stream = await StartAsync(sandbox, "exec cat");
        var process = new { pid = await stream.StartedAsync() };
        Assert.Equal(501, (await sandbox.CallAsync("SendInput", new { process, input = new { pty = "" } })).Status);
        Assert.Equal(501, (await sandbox.CallAsync("Update", new { process, pty = new { size = new { cols = 1, rows = 1 } } })).Status);
    }

    private static Task<TestStream> StartAsync(TestSandbox sandbox, string script) => sandbox.OpenAsync(
        "Start", new { process = new { cmd = "/bin/sh", args = new[] { "-c", script } }, stdin = true });

    private static Task<(int Status, string Body)> SendAsync(TestSandbox sandbox, int pid, string text) =>
        SendAsync(sandbox, pid, Encoding.UTF8.GetBytes(text), Cancel);

    private static async Task<(int Status, string Body)> SendAsync(
        TestSandbox sandbox, int pid, byte[] bytes, CancellationToken cancellationToken)
    {
        var message = new { process = new { pid }, input = new { stdin = Convert.ToBase64String(bytes) } };
        using var content = new StringContent(JsonSerializer.Serialize(message), null, "application/json");
        using var response = await sandbox.SendAsync(HttpMethod.Post, "/process.Process/SendInput", content, cancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    private static async Task<(int Status, string Body)> CloseAsync(TestSandbox sandbox, int pid)
    {
        var (status, body) = await sandbox.CallAsync("CloseStdin", new { process = new { pid } });
        return (status, body.ToJsonString());
    }

    private static async Task AssertNoInputAsync(TestSandbox sandbox, int pid, string why)
    {
        var (status, body) = await SendAsync(sandbox, pid, "x");
        Assert.Equal(500, status);
        Assert.StartsWith("{\"code\":\"internal\",\"message\":\"error writing to stdin: ", body, StringComparison.Ordinal);
        Assert.Contains(why, body, StringComparison.Ordinal);
    }

    private static async Task<TestStream> StreamAsync(TestSandbox sandbox, params object[] messages)
    {
        var body = new MemoryStream();
        foreach (var message in messages)
        {
            using var envelope = TestSandbox.Envelope(JsonSerializer.SerializeToUtf8Bytes(message));
            await envelope.CopyToAsync(body, Cancel);
        }

        return await sandbox.OpenAsync("StreamInput", new { }, request => request.Content = Body(body.ToArray()));
    }

    private static ByteArrayContent Body(byte[] bytes) => new(bytes)
    {
        Headers = { ContentType = new MediaTypeHeaderValue("application/connect+json") },
    };

    private static async Task<(string Json, byte Flags)> NextAsync(TestStream stream)
    {
        var (flags, json) = await stream.NextAsync();
        return (json.ToJsonString(), flags);
    }
}
