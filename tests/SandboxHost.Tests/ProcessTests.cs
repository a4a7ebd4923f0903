using System.Net;
using Colloquy.SandboxHost.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Colloquy.SandboxHost.Tests;

public sealed class ProcessTests(SharedHost shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Variables_of_any_name_leave_the_command_as_it_is()
    {
        await using var host = await TestHost.StartAsync();
        var sandbox = await host.CreateAsync(new { envVars = new { n = "x" } });
        Assert.Equal("x\nmore\n", (await sandbox.RunAsync("echo $n\necho more")).Stdout);
    }

    [Theory]
    [InlineData(IsolationMode.Bubblewrap)]
    [InlineData(IsolationMode.None)]
    public async Task Command_streams_start_data_end_and_trailer(IsolationMode isolation)
    {
        await using var host = await TestHost.StartAsync(isolation);
        var sandbox = await host.CreateAsync();
        using var stream = await sandbox.ShellAsync("echo $$; echo bad >&2; exit 3");
        Assert.Equal("application/connect+json", stream.Response.Content.Headers.ContentType!.MediaType);
        var pid = await stream.StartedAsync();
        var result = await stream.ReadToEndAsync();
        Assert.Equal($"{pid}\n", result.Stdout);
        Assert.Equal("bad\n", result.Stderr);
        Assert.Equal("""{"exitCode":3,"exited":true,"status":"exit status 3","error":"exit status 3"}""", result.End!.ToJsonString());
        Assert.Equal("{}", result.Trailer.ToJsonString());
    }

    [Fact]
    public async Task Success_omits_the_exit_code()
    {
        var result = await (await shared.Host.CreateAsync()).RunAsync("true");
        Assert.Equal("""{"exited":true,"status":"exit status 0"}""", result.End!.ToJsonString());
    }

    [Theory]
    [InlineData("kill -9 $$", -1, "signal: killed")]
    [InlineData("kill -15 $$", -1, "signal: terminated")]
    [InlineData("exit 137", 137, "exit status 137")]
    [InlineData("kill -2 $$", -1, "signal: interrupt")]
    [InlineData("exit 130", 130, "exit status 130")]
    [InlineData("exit 141", 141, "exit status 141")]
    public async Task Signal_and_exit_code_are_told_apart(string script, int exitCode, string status)
    {
        var result = await (await shared.Host.CreateAsync()).RunAsync(script);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Equal(status, (string)result.End!["status"]!);
        Assert.Equal(exitCode > 0, result.End["exited"] is not null);
    }

    [Fact]
    public async Task Unknown_program_starts_and_exits_127()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var stream = await sandbox.OpenAsync("Start", new { process = new { cmd = "no-such-program" }, stdin = false });
        await stream.StartedAsync();
        var result = await stream.ReadToEndAsync();
        Assert.Equal(127, result.ExitCode);
        Assert.Contains("not found", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_environment_and_folder_arrive_as_they_are()
    {
        var sandbox = await shared.Host.CreateAsync(new { envVars = new { FROM_SANDBOX = "s 'q' $HOME", BOTH = "old" } });
        var process = new
        {
            cmd = "/bin/sh",
            args = new[] { "-c", "pwd; printf '%s|' \"$@\" \"$FROM_SANDBOX\" \"$BOTH\" \"$E2B_SANDBOX\" \"$E2B_SANDBOX_ID\" \"$HOME\" \"$USER\"", "sh", "a b", "it's\n$x `y`", "", "ä\\n" },
            envs = new { BOTH = "new\nline" },
            cwd = "/tmp",
        };
        using var stream = await sandbox.OpenAsync("Start", new { process, stdin = false });
        var result = await stream.ReadToEndAsync();
        Assert.Equal($"/tmp\na b|it's\n$x `y`||ä\\n|s 'q' $HOME|new\nline|true|{sandbox.Id}|/home/user|user|", result.Stdout);
    }

    [Fact]
    public async Task Missing_folder_is_invalid_argument_in_the_trailer()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var stream = await sandbox.OpenAsync("Start", new { process = new { cmd = "ls", cwd = "nowhere" } });
        Assert.Equal(HttpStatusCode.OK, stream.Response.StatusCode);
        var result = await stream.ReadToEndAsync();
        Assert.Equal("invalid_argument", result.ErrorCode);
        Assert.Equal("cwd 'nowhere' does not exist", (string)result.Trailer["error"]!["message"]!);
    }

    [Fact]
    public async Task Malformed_requests_fail_in_the_trailer_or_with_415()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var wrongType = await sandbox.OpenAsync("Start", new { }, request => request.Content!.Headers.ContentType = new("application/json"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, wrongType.Response.StatusCode);
        foreach (var content in new[] { TestSandbox.Envelope("{"u8.ToArray()), TestSandbox.Envelope("{}"u8.ToArray()), TestSandbox.Envelope([]) })
        {
            using var stream = await sandbox.OpenAsync("Start", new { }, request => request.Content = content);
            Assert.Equal("invalid_argument", (await stream.ReadToEndAsync()).ErrorCode);
        }

        using var badTimeout = await sandbox.OpenAsync("Start", new { }, request => request.Headers.Add("Connect-Timeout-Ms", "12345678901"));
        Assert.Equal("invalid_argument", (await badTimeout.ReadToEndAsync()).ErrorCode);
        using var otherUser = await sandbox.OpenAsync("Start", new { }, request => request.Headers.Authorization = new("Basic", "cm9vdDo="));
        Assert.Equal("unauthenticated", (await otherUser.ReadToEndAsync()).ErrorCode);
    }

    [Fact]
    public async Task Wrong_token_is_401_and_gone_sandbox_502_also_for_streams()
    {
        var sandbox = await shared.Host.CreateAsync();
        var stranger = new TestSandbox(shared.Host.Http, sandbox.Id, "wrong");
        using var refused = await stranger.OpenAsync("Start", new { });
        Assert.Equal(HttpStatusCode.Unauthorized, refused.Response.StatusCode);
        Assert.StartsWith("{\"code\":401,\"message\":\"unauthorized access", await refused.Response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        using var health = await stranger.SendAsync(HttpMethod.Get, "/health");
        Assert.Equal(HttpStatusCode.NoContent, health.StatusCode);

        await shared.Host.JsonAsync(HttpMethod.Delete, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.NoContent);
        using var gone = await sandbox.OpenAsync("Start", new { });
        Assert.Equal(HttpStatusCode.BadGateway, gone.Response.StatusCode);
        Assert.Equal(
            $$"""{"sandboxId":"{{sandbox.Id}}","message":"The sandbox was not found","code":502}""",
            await gone.Response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task One_routing_header_without_the_other_is_400()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health");
        request.Headers.Add("E2b-Sandbox-Port", "49983");
        using var response = await shared.Host.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("missing header", await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task Process_outlives_its_caller_and_can_be_connected_to()
    {
        var sandbox = await shared.Host.CreateAsync();
        int pid;
        using (var first = await sandbox.ShellAsync("echo early; while [ ! -e go ]; do sleep 0.02; done; echo late; exit 4"))
        {
            pid = await first.StartedAsync();
            Assert.Equal("early\n", await first.NextOutputAsync());
        }

        var (_, list) = await sandbox.CallAsync("List", new { });
        Assert.Equal(pid, (int)list["processes"]![0]!["pid"]!);
        using var second = await sandbox.OpenAsync("Connect", new { process = new { pid } });
        Assert.Equal(pid, await second.StartedAsync());
        using (await sandbox.UploadAsync("go", "")) { }
        var result = await second.ReadToEndAsync();
        Assert.Equal("late\n", result.Stdout);
        Assert.Equal(4, result.ExitCode);

        using var afterwards = await sandbox.OpenAsync("Connect", new { process = new { pid } });
        await afterwards.StartedAsync();
        Assert.Equal(4, (await afterwards.ReadToEndAsync()).ExitCode);
        Assert.Equal("{}", (await sandbox.CallAsync("List", new { })).Body.ToJsonString());
    }

    [Fact]
    public async Task End_is_forgotten_after_30_seconds()
    {
        var time = new FakeTimeProvider();
        await using var host = await TestHost.StartAsync(time: time);
        var sandbox = await host.CreateAsync();
        using var stream = await sandbox.ShellAsync("true");
        var pid = await stream.StartedAsync();
        await stream.ReadToEndAsync();
        string? code = null;
        while (code is null)
        {
            // The retention starts a moment after the caller has seen the end.
            time.Advance(TimeSpan.FromSeconds(31));
            using var late = await sandbox.OpenAsync("Connect", new { process = new { pid } });
            code = (await late.ReadToEndAsync()).ErrorCode;
        }

        Assert.Equal("not_found", code);
        // All that is left is the shell that waits for the next command.
        var folders = Path.Combine(host.FolderOf(sandbox), "processes");
        while (Directory.EnumerateFiles(folders, "process.json", SearchOption.AllDirectories).Any()) await Task.Delay(5, Cancel);
    }

    [Fact]
    public async Task Timeout_of_a_connect_ends_only_its_stream()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var stream = await sandbox.OpenAsync("Start", new { process = new { cmd = "cat" }, tag = "kept" });
        await stream.StartedAsync();
        using var connected = await sandbox.OpenAsync(
            "Connect", new { process = new { tag = "kept" } }, request => request.Headers.Add("Connect-Timeout-Ms", "50"));
        Assert.Equal("deadline_exceeded", (await connected.ReadToEndAsync()).ErrorCode);
        var (_, list) = await sandbox.CallAsync("List", new { });
        Assert.Equal("kept", (string)list["processes"]![0]!["tag"]!);
    }

    [Fact]
    public async Task Commands_and_init_have_the_usual_three_descriptors_only()
    {
        var result = await (await shared.Host.CreateAsync()).RunAsync("ls /proc/$$/fd; ls /proc/1/fd");
        Assert.Equal("0\n1\n2\n0\n1\n2\n", result.Stdout);
    }

    [Fact]
    public async Task Variables_of_the_sandbox_can_be_asked_for()
    {
        var sandbox = await shared.Host.CreateAsync(new { envVars = new { MINE = "1" } });
        using var response = await sandbox.SendAsync(HttpMethod.Get, "/envs");
        Assert.Equal(
            $$"""{"E2B_SANDBOX":"true","E2B_SANDBOX_ID":"{{sandbox.Id}}","E2B_TEMPLATE_ID":"base","MINE":"1"}""",
            await response.Content.ReadAsStringAsync(Cancel));
        using var refused = await new TestSandbox(shared.Host.Http, sandbox.Id, "wrong").SendAsync(HttpMethod.Get, "/envs");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Theory]
    [InlineData("SIGNAL_SIGTERM", "signal: terminated")]
    [InlineData("SIGNAL_SIGKILL", "signal: killed")]
    public async Task Signal_ends_the_process(string signal, string status)
    {
        var sandbox = await shared.Host.CreateAsync();
        using var stream = await sandbox.OpenAsync("Start", new { process = new { cmd = "sleep", args = new[] { "1000" } }, tag = "t" });
        await stream.StartedAsync();
        Assert.Equal(200, (await sandbox.CallAsync("SendSignal", new { process = new { tag = "t" }, signal })).Status);
        var result = await stream.ReadToEndAsync();
        Assert.Equal(status, (string)result.End!["status"]!);
        var (code, body) = await sandbox.CallAsync("SendSignal", new { process = new { tag = "t" }, signal });
        Assert.Equal((404, "not_found"), (code, (string)body["code"]!));
        Assert.Equal(501, (await sandbox.CallAsync("SendSignal", new { process = new { pid = 1 }, signal = "SIGNAL_SIGUSR1" })).Status);
    }

    [Fact]
    public async Task Timeout_ends_the_stream_and_kills_the_process()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var stream = await sandbox.ShellAsync("exec sleep 1000", timeoutMs: 100);
        var pid = await stream.StartedAsync();
        Assert.Equal("deadline_exceeded", (await stream.ReadToEndAsync()).ErrorCode);
        using var connected = await sandbox.OpenAsync("Connect", new { process = new { pid } });
        Assert.Equal("signal: killed", (string)(await connected.ReadToEndAsync()).End!["status"]!);
        using var expired = await sandbox.ShellAsync("true", timeoutMs: 0);
        Assert.Equal("deadline_exceeded", (await expired.ReadToEndAsync()).ErrorCode);
    }

    [Fact]
    public async Task Silence_is_filled_with_keepalives()
    {
        var time = new FakeTimeProvider();
        await using var host = await TestHost.StartAsync(time: time);
        var sandbox = await host.CreateAsync();
        using var stream = await sandbox.OpenAsync(
            "Start",
            new { process = new { cmd = "sleep", args = new[] { "1000" } } },
            request => request.Headers.Add("Keepalive-Ping-Interval", "50"));
        await stream.StartedAsync();
        time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal("""{"event":{"keepalive":{}}}""", (await stream.NextAsync()).Json.ToJsonString());
    }

    [Fact]
    public async Task Large_output_arrives_whole()
    {
        var result = await (await shared.Host.CreateAsync()).RunAsync("head -c 5000000 /dev/zero | tr '\\0' x");
        Assert.Equal(5_000_000, result.Stdout.Length);
    }

    [Fact]
    public async Task Process_stalls_on_a_caller_that_does_not_read()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var stream = await sandbox.ShellAsync("i=0; while [ $i -lt 400 ]; do head -c 100000 /dev/zero; i=$((i+1)); echo $i >new; mv new count; done");
        await stream.StartedAsync();
        var (last, now) = ("", "-");
        while (last != now)
        {
            last = now;
            await Task.Delay(200, Cancel); // the absence of progress has no signal
            now = (await sandbox.DownloadAsync("count")).Text;
        }

        Assert.True(int.Parse(now, null) < 400, $"wrote {now} of 400 chunks");
        Assert.Equal(40_000_000, (await stream.ReadToEndAsync()).Stdout.Length);
    }

    [Fact]
    public async Task Killing_the_waiting_shell_does_not_hurt_the_next_command()
    {
        var sandbox = await shared.Host.CreateAsync();
        for (var i = 0; i < 3; i++)
        {
            await sandbox.RunAsync("kill -9 -1");
            Assert.Equal("still here\n", (await sandbox.RunAsync("echo still here")).Stdout);
        }
    }

    [Theory]
    [InlineData("kill -STOP $$; exit 5")]
    [InlineData("kill -STOP 0; exit 5")]
    public async Task Stopped_process_stands_still_until_it_is_continued(string script)
    {
        var sandbox = await shared.Host.CreateAsync();
        using var stream = await sandbox.ShellAsync(script);
        var pid = await stream.StartedAsync();
        await sandbox.RunAsync($"until grep -q '^State:.T' /proc/{pid}/status; do sleep 0.01; done; kill -CONT {pid}");
        Assert.Equal(5, (await stream.ReadToEndAsync()).ExitCode);
    }

    [Theory]
    [InlineData("(sleep 0.1; kill -CONT $$) & kill -STOP $$; exit 5")]
    [InlineData("kill -STOP -1; exit 5")]
    [InlineData("trap : TERM; kill 0; exit 5")]
    public async Task Signals_to_everybody_hide_no_end_and_block_no_kill(string script)
    {
        var sandbox = await shared.Host.CreateAsync();
        Assert.Equal(5, (await sandbox.RunAsync(script)).ExitCode);
        Assert.Equal(0, (await sandbox.RunAsync("true")).ExitCode);
        using var stopped = await sandbox.ShellAsync("echo; sleep 1000 & kill -STOP $!; kill -STOP -1; sleep 1000");
        await stopped.StartedAsync();
        await stopped.NextOutputAsync();
        await shared.Host.JsonAsync(HttpMethod.Delete, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Fifty_sandboxes_at_once_each_run_their_command()
    {
        var outputs = await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            var sandbox = await shared.Host.CreateAsync();
            var result = await sandbox.RunAsync($"echo {i} $E2B_SANDBOX_ID");
            await shared.Host.JsonAsync(HttpMethod.Delete, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.NoContent);
            return result.Stdout == $"{i} {sandbox.Id}\n";
        }));
        Assert.All(outputs, Assert.True);
    }
}
