using System.Text;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Sandboxes;
using Colloquy.SandboxHost;
using Colloquy.Sessions;
using Colloquy.Silo.Sandboxes.E2B;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Colloquy.Silo.Sandboxes;

/// <summary>The client and our own host, with a bad network between them.</summary>
public sealed class FaultyHostTests : IAsyncLifetime
{
    private const string Create = "POST /v2/sandboxes";
    private const string Start = "POST /process.Process/Start";
    private static readonly TurnId Turn = new("turn_1");

    private readonly string _folder = Directory.CreateTempSubdirectory("colloquy-sandboxes-").FullName;
    private readonly FakeTimeProvider _time = new();
    private SandboxHostServer _host = null!;
    private FaultProxy _proxy = null!;
    private E2BSandboxProvider _provider = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static SandboxSpec Spec { get; } = new("lease", "sesn_1", "base", TimeSpan.FromMinutes(10));

    public async ValueTask InitializeAsync()
    {
        var isolation = File.Exists("/usr/bin/bwrap") ? IsolationMode.Bubblewrap : IsolationMode.None;
        var options = new SandboxHostOptions { DataFolder = _folder, ApiKey = "e2b_key", IsolationMode = isolation };
        _host = await SandboxHostServer.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, Token);
        _proxy = await FaultProxy.StartAsync(new Uri(_host.Url));
        _provider = new E2BSandboxProvider(
            Options.Create(new SandboxOptions { ApiUrl = _proxy.Url, SandboxUrl = _proxy.Url, ApiKey = "e2b_key", Owner = "me" }),
            _time,
            NullLogger<E2BSandboxProvider>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        _provider.Dispose();
        await _proxy.DisposeAsync();
        await _host.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_create_whose_answer_is_lost_makes_one_sandbox_only()
    {
        _proxy.Next(Create, Faults.LoseAnswer);

        var sandbox = await _time.HurryAsync(_provider.CreateAsync(Spec, Token));

        Assert.Equal(sandbox.Id, Assert.Single(await ListAsync()).Id);
        Assert.Single(_proxy.Calls, call => call == Create);
    }

    [Fact]
    public async Task A_create_on_a_bad_day_makes_one_sandbox_only()
    {
        _proxy.Next("GET /v2/sandboxes", Faults.CutAfter(1));
        _proxy.Next(Create, Faults.Answer(502));
        _proxy.Next(Create, Faults.Answer(429, retryAfter: "3"));
        _proxy.Next(Create, Faults.CutAfter(20));

        var sandbox = await _time.HurryAsync(_provider.CreateAsync(Spec, Token));

        Assert.Equal(sandbox.Id, Assert.Single(await ListAsync()).Id);
    }

    [Fact]
    public async Task A_limit_without_a_time_is_told_at_once()
    {
        _proxy.Next(Create, Faults.Answer(429));

        await FailureAsync(SandboxFailure.LimitReached, () => _provider.CreateAsync(Spec, Token));

        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task A_kill_whose_answer_is_lost_is_done()
    {
        var sandbox = await _provider.CreateAsync(Spec, Token);
        _proxy.Next($"DELETE /sandboxes/{sandbox.Id}", Faults.LoseAnswer);

        await _time.HurryAsync(_provider.KillAsync(sandbox.Id, Token));

        Assert.Null(await _provider.GetAsync(sandbox.Id, Token));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(20)]
    [InlineData(60)]
    public async Task A_command_whose_stream_is_cut_goes_on_and_is_found_again(int bytes)
    {
        var sandbox = await _provider.CreateAsync(Spec, Token);
        var run = await PrepareAsync(sandbox);
        _proxy.Next(Start, Faults.CutAfter(bytes));

        await FailureAsync(SandboxFailure.Unavailable, () => RunAsync(sandbox, run));

        await FinishAsync(sandbox, run);
    }

    [Fact]
    public async Task A_command_whose_stream_falls_silent_goes_on_and_is_found_again()
    {
        var sandbox = await _provider.CreateAsync(Spec, Token);
        var run = await PrepareAsync(sandbox);
        _proxy.Next(Start, Faults.SilentAfter(45));
        await using var events = sandbox.StartAsync(run, Token).GetAsyncEnumerator(Token);
        Assert.True(await events.MoveNextAsync());

        await FailureAsync(SandboxFailure.Unavailable, () => _time.HurryAsync(DrainAsync(events)));

        await FinishAsync(sandbox, run);
    }

    [Fact]
    public async Task A_start_that_does_not_reach_the_sandbox_can_be_made_again()
    {
        var sandbox = await _provider.CreateAsync(Spec, Token);
        var run = await PrepareAsync(sandbox);
        _proxy.Next(Start, Faults.Answer(502));

        await FailureAsync(SandboxFailure.Unavailable, () => RunAsync(sandbox, run));

        await FinishAsync(sandbox, run);
    }

    [Fact]
    public async Task Output_that_comes_byte_by_byte_is_whole()
    {
        var sandbox = await _provider.CreateAsync(Spec, Token);
        _proxy.Next(Start, Faults.Slowly);

        Assert.Equal("äöü\n", await RunAsync(sandbox, new ProcessSpec("/bin/echo", ["äöü"])));
    }

    [Fact]
    public async Task A_reader_that_takes_its_time_gets_everything_and_holds_up_nobody_else()
    {
        const int Length = 8 * 1024 * 1024;
        var sandbox = await _provider.CreateAsync(Spec, Token);
        var received = 0;
        await foreach (var happened in sandbox.StartAsync(new ProcessSpec("/usr/bin/head", ["-c", $"{Length}", "/dev/zero"]), Token))
        {
            if (happened is ProcessOutput output && (received += output.Bytes.Length) == output.Bytes.Length)
            {
                _time.Advance(TimeSpan.FromHours(1));
                Assert.Equal("others\n", await RunAsync(sandbox, new ProcessSpec("/bin/echo", ["others"])));
            }
        }

        Assert.Equal(Length, received);
    }

    [Fact]
    public async Task Files_are_whole_or_not_there()
    {
        var sandbox = await _provider.CreateAsync(Spec, Token);
        var bytes = new byte[500_000];
        new Random(1).NextBytes(bytes);
        _proxy.Next("POST /files", Faults.LoseAnswer);
        await _time.HurryAsync(sandbox.WriteAsync("big", new MemoryStream(bytes), Token));

        _proxy.Next("GET /files", Faults.CutAfter(100_000));
        await using (var cut = (await sandbox.ReadAsync("big", Token))!)
        {
            await FailureAsync(SandboxFailure.Unavailable, () => cut.CopyToAsync(Stream.Null, Token));
        }

        _proxy.Next("GET /files", Faults.Answer(503));
        await using var content = (await _time.HurryAsync(sandbox.ReadAsync("big", Token)))!;
        using var read = new MemoryStream();
        await content.CopyToAsync(read, Token);
        Assert.Equal(bytes, read.ToArray());
    }

    private async Task<List<SandboxStatus>> ListAsync() => await _provider.ListAsync(Token).ToListAsync(Token);

    /// <summary>An agent that says something, and ends when it is let through a gate.</summary>
    private static async Task<ProcessSpec> PrepareAsync(ISandbox sandbox)
    {
        var run = new AgentRun(
            [new SandboxFile("prompt", "prompt\n"u8.ToArray())],
            ["/bin/sh", "-c", "mkfifo gate; echo waiting; read -r _ <gate; echo through"],
            new Dictionary<string, string>());
        var plan = Launcher.Plan(new AgentTurn(new SessionId("sesn_1"), Turn, "prompt\n", 1, ""), run, default);
        await sandbox.WriteAsync(plan.Files, Token);
        return plan.Run;
    }

    /// <summary>Starts the agent if it is not, lets it through and reads what it said from the beginning.</summary>
    private static async Task FinishAsync(ISandbox sandbox, ProcessSpec run)
    {
        await foreach (var happened in sandbox.StartAsync(run, Token))
        {
            if (happened is ProcessOutput { IsError: false })
            {
                break;
            }
        }

        var follow = RunAsync(sandbox, Launcher.Follow(Turn, 0));
        await RunAsync(sandbox, new ProcessSpec("/bin/sh", ["-c", "until [ -p gate ]; do sleep 0.01; done; echo >gate"]));
        Assert.StartsWith("waiting\nthrough\n", await follow, StringComparison.Ordinal);
    }

    private static async Task<string> RunAsync(ISandbox sandbox, ProcessSpec process)
    {
        using var output = new MemoryStream();
        await foreach (var happened in sandbox.StartAsync(process, Token))
        {
            if (happened is ProcessOutput { IsError: false } chunk)
            {
                output.Write(chunk.Bytes.Span);
            }
        }

        return Encoding.UTF8.GetString(output.ToArray());
    }

    private static async Task DrainAsync(IAsyncEnumerator<ProcessEvent> events)
    {
        while (await events.MoveNextAsync())
        {
        }
    }

    private static async Task FailureAsync(SandboxFailure expected, Func<Task> act) =>
        Assert.Equal(expected, (await Assert.ThrowsAsync<SandboxException>(act)).Failure);
}
