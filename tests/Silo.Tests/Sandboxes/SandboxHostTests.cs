using System.Text;
using Colloquy.Environments;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Sandboxes;
using Colloquy.SandboxHost;
using Colloquy.Sessions;
using Colloquy.Silo.Sandboxes.E2B;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace Colloquy.Silo.Sandboxes;

/// <summary>The client, the launcher and our own host together.</summary>
public sealed class SandboxHostTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("colloquy-sandboxes-").FullName;
    private SandboxHostServer _host = null!;
    private E2BSandboxProvider _provider = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var isolation = File.Exists("/usr/bin/bwrap") ? IsolationMode.Bubblewrap : IsolationMode.None;
        var options = new SandboxHostOptions { DataFolder = _folder, ApiKey = "e2b_key", IsolationMode = isolation };
        _host = await SandboxHostServer.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, Token);
        _provider = NewProvider("e2b_key");
    }

    public async ValueTask DisposeAsync()
    {
        _provider.Dispose();
        await _host.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_sandbox_lives_from_create_to_kill()
    {
        var sandbox = await CreateAsync();
        Assert.Equal(sandbox.Id, (await CreateAsync()).Id);
        Assert.Equal(new SandboxResources(2, 512), sandbox.Resources);
        await sandbox.ExtendAsync(TimeSpan.FromMinutes(20), Token);
        Assert.NotNull(await _provider.ConnectAsync(sandbox.Id, TimeSpan.FromMinutes(1), Token));

        await _provider.KillAsync(sandbox.Id, Token);

        Assert.Null(await _provider.ConnectAsync(sandbox.Id, TimeSpan.FromMinutes(1), Token));
        var gone = await Assert.ThrowsAsync<SandboxException>(() => RunAsync(sandbox, new ProcessSpec("true", [])));
        Assert.Equal(SandboxFailure.Gone, gone.Failure);
    }

    [Fact]
    public async Task A_sandbox_has_what_was_asked_for_and_reaches_nothing_else()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/bwrap"), "Without isolation nothing is kept apart.");
        var sandbox = await _provider.CreateAsync(
            new SandboxSpec("lease-small", "sesn_1", "base", TimeSpan.FromMinutes(5))
            {
                Reach = new SandboxReach(false, SandboxNetwork.Closed),
                Limits = new SandboxLimits(1, 256, 100),
            },
            Token);

        Assert.Equal(new SandboxResources(1, 256), sandbox.Resources);
        Assert.Equal(("lo\n", 0), await RunAsync(sandbox, new ProcessSpec("/bin/sh", ["-c", "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '"])));
    }

    [Theory]
    [InlineData(true, "SandboxHost:GatewayUrl")]
    [InlineData(false, "certain hosts only (packages.example)")]
    public async Task What_the_host_cannot_do_is_refused_with_what_to_do(bool gateway, string reason)
    {
        var network = gateway ? SandboxNetwork.Closed : new SandboxNetwork(false, ["packages.example"]);

        var refused = await Assert.ThrowsAsync<SandboxException>(() => _provider.CreateAsync(
            new SandboxSpec("lease-refused", "sesn_1", "base", TimeSpan.FromMinutes(5)) { Reach = new SandboxReach(gateway, network) }, Token));

        Assert.Equal(SandboxFailure.Refused, refused.Failure);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_are_written_are_read_by_processes()
    {
        var sandbox = await CreateAsync();
        await sandbox.WriteAsync([new SandboxFile("one file ü.txt", "1"u8.ToArray())], Token);
        await sandbox.WriteAsync([new SandboxFile("a/b/2", "2"u8.ToArray()), new SandboxFile("/home/user/3", "3"u8.ToArray())], Token);

        var (output, exitCode) = await RunAsync(
            sandbox, new ProcessSpec("/bin/sh", ["-c", "cat 'one file ü.txt' a/b/2 ~/3; echo $X >&2; exit 4"], new Dictionary<string, string> { ["X"] = "err" }));

        Assert.Equal(("123", 4), (output, exitCode));
    }

    [Fact]
    public async Task A_paused_sandbox_is_seen_found_and_opened_again_with_its_files_and_without_its_processes()
    {
        var sandbox = await CreateAsync();
        await sandbox.WriteAsync("a/kept", new MemoryStream("kept"u8.ToArray()), Token);
        await using var events = sandbox.StartAsync(new ProcessSpec("sleep", ["600"]), Token).GetAsyncEnumerator(Token);
        Assert.True(await events.MoveNextAsync());

        Assert.True(await _provider.PauseAsync(sandbox.Id, Token));
        Assert.True(await _provider.PauseAsync(sandbox.Id, Token));

        var broken = await Assert.ThrowsAsync<SandboxException>(() => events.MoveNextAsync().AsTask());
        Assert.Equal(SandboxFailure.Unavailable, broken.Failure);
        Assert.Equal(SandboxState.Paused, (await _provider.GetAsync(sandbox.Id, Token))!.State);
        var listed = Assert.Single(await _provider.ListAsync(Token).ToListAsync(Token));
        Assert.Equal((sandbox.Id, "sesn_1", "lease", SandboxState.Paused), (listed.Id, listed.SessionId, listed.Lease, listed.State));
        var again = await _provider.ConnectAsync(sandbox.Id, TimeSpan.FromMinutes(1), Token);
        Assert.True(again!.WasResumed);
        Assert.Equal("kept", (await RunAsync(again, new ProcessSpec("cat", ["a/kept"]))).Output);
        Assert.False((await _provider.ConnectAsync(sandbox.Id, TimeSpan.FromMinutes(1), Token))!.WasResumed);
    }

    [Fact]
    public async Task A_sandbox_whose_time_is_over_is_paused_and_one_may_be_given_less_time()
    {
        var sandbox = await CreateAsync();
        Assert.InRange(sandbox.EndAt - TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10));
        await sandbox.SetTimeoutAsync(TimeSpan.FromSeconds(1), Token);
        Assert.InRange(sandbox.EndAt - TimeProvider.System.GetUtcNow(), TimeSpan.FromSeconds(-5), TimeSpan.FromSeconds(1));

        while ((await _provider.GetAsync(sandbox.Id, Token))!.State == SandboxState.Running)
        {
            await Task.Delay(20, Token);
        }

        await sandbox.ExtendAsync(TimeSpan.FromMinutes(1), Token);
        Assert.True(sandbox.WasResumed);
    }

    [Fact]
    public async Task Files_are_streamed_and_folders_listed()
    {
        var sandbox = await CreateAsync();
        var bytes = new byte[3_000_000];
        new Random(1).NextBytes(bytes);
        await sandbox.WriteAsync("a folder/ü&x.bin", new Source(bytes), Token);

        await using var content = (await sandbox.ReadAsync("a folder/ü&x.bin", Token))!;
        using var read = new MemoryStream();
        await content.CopyToAsync(read, Token);
        Assert.Equal(bytes, read.ToArray());
        Assert.Null(await sandbox.ReadAsync("nothing", Token));

        await RunAsync(sandbox, new ProcessSpec("/bin/sh", ["-c", "cd 'a folder' && mkdir sub && ln -s 'ü&x.bin' link && ln -s /no dangling"]));
        var entries = await sandbox.ListAsync("a folder", Token);
        Assert.Equal(
            [
                ("dangling", false, "/home/user/a folder/dangling"),
                ("link", false, "/home/user/a folder/ü&x.bin"),
                ("sub", true, null),
                ("ü&x.bin", false, null),
            ],
            entries!.OrderBy(entry => entry.Name, StringComparer.Ordinal).Select(entry => (entry.Name, entry.IsFolder, entry.LinkTarget)));
        var file = entries!.Single(entry => entry.Name == "ü&x.bin");
        Assert.Equal(("/home/user/a folder/ü&x.bin", 3_000_000L), (file.Path, file.Size));
        Assert.InRange(file.ModifiedAt, TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddMinutes(1));
        Assert.Null(await sandbox.ListAsync("nothing", Token));
    }

    [Fact]
    public async Task A_wrong_key_is_refused()
    {
        using var provider = NewProvider("e2b_wrong");

        var refused = await Assert.ThrowsAsync<SandboxException>(
            () => provider.CreateAsync(new SandboxSpec("l", "s", "base", TimeSpan.FromMinutes(1)), Token));

        Assert.Equal(SandboxFailure.Refused, refused.Failure);
    }

    [Fact]
    public async Task Killing_a_sandbox_in_mid_stream_is_told_as_gone()
    {
        var sandbox = await CreateAsync();
        await using var events = sandbox.StartAsync(new ProcessSpec("sleep", ["600"]), Token).GetAsyncEnumerator(Token);
        Assert.True(await events.MoveNextAsync());

        await _provider.KillAsync(sandbox.Id, Token);

        var gone = await Assert.ThrowsAsync<SandboxException>(() => events.MoveNextAsync().AsTask());
        Assert.Equal(SandboxFailure.Gone, gone.Failure);
    }

    [Fact]
    public async Task An_agent_is_launched_followed_after_its_client_left_and_stopped()
    {
        var sandbox = await CreateAsync();
        var first = await PrepareAsync(sandbox, "turn_1", "cat; mkfifo gate; echo waiting; read -r _ <gate; exit 3");

        await foreach (var happened in sandbox.StartAsync(first.Run, Token))
        {
            if (happened is ProcessOutput)
            {
                break;
            }
        }

        Assert.Equal(Launcher.AlreadyStarted, (await RunAsync(sandbox, first.Run)).ExitCode);
        var follow = RunAsync(sandbox, Launcher.Follow(new TurnId("turn_1"), 0));
        await RunAsync(sandbox, new ProcessSpec("/bin/sh", ["-c", "until [ -p gate ]; do sleep 0.01; done; echo >gate"]));
        Assert.Equal(("prompt\nwaiting\n\n{\"type\":\"launcher_exit\",\"exit_code\":3,\"stderr\":\"\"}\n", 0), await follow);

        var second = await PrepareAsync(sandbox, "turn_2", "trap '' TERM; echo up; while :; do sleep 600; done");
        await foreach (var happened in sandbox.StartAsync(second.Run, Token))
        {
            if (happened is ProcessOutput { Bytes: var bytes })
            {
                if (Encoding.UTF8.GetString(bytes.Span).Contains("launcher_exit", StringComparison.Ordinal))
                {
                    Assert.Contains("\"exit_code\":137", Encoding.UTF8.GetString(bytes.Span), StringComparison.Ordinal);
                    break;
                }

                Assert.Equal(0, (await RunAsync(sandbox, Launcher.Stop(new TurnId("turn_2")))).ExitCode);
            }
        }
    }

    private Task<ISandbox> CreateAsync() =>
        _provider.CreateAsync(new SandboxSpec("lease", "sesn_1", "base", TimeSpan.FromMinutes(10)), Token);

    private static async Task<LaunchPlan> PrepareAsync(ISandbox sandbox, string turn, string script)
    {
        var run = new AgentRun(
            [new SandboxFile("prompt", "prompt\n"u8.ToArray())], ["/bin/sh", "-c", script], new Dictionary<string, string>());
        var plan = Launcher.Plan(new AgentTurn(new SessionId("sesn_1"), new TurnId(turn), "prompt\n", 1, ""), run, default);
        await sandbox.WriteAsync(plan.Files, Token);
        return plan;
    }

    private static async Task<(string Output, int ExitCode)> RunAsync(ISandbox sandbox, ProcessSpec process)
    {
        using var output = new MemoryStream();
        var exitCode = int.MinValue;
        await foreach (var happened in sandbox.StartAsync(process, Token))
        {
            if (happened is ProcessOutput { IsError: false } chunk)
            {
                output.Write(chunk.Bytes.Span);
            }
            else if (happened is ProcessEnded ended)
            {
                exitCode = ended.ExitCode;
            }
        }

        return (Encoding.UTF8.GetString(output.ToArray()), exitCode);
    }

    private E2BSandboxProvider NewProvider(string key) => new(
        Options.Create(new SandboxOptions { ApiUrl = new Uri(_host.Url), SandboxUrl = new Uri(_host.Url), ApiKey = key, Owner = "me" }),
        TimeProvider.System,
        NullLogger<E2BSandboxProvider>.Instance);
}
