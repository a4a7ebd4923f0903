using System.Diagnostics;
using System.Text;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;
using Colloquy.Silo.Sandboxes.E2B;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace Colloquy.Silo.Sandboxes;

/// <summary>The host is killed with -9 in the middle of a command, and started again on the same data.</summary>
public sealed class KilledHostTests : IAsyncLifetime
{
    private const string ApiKey = "e2b_key";
    private static readonly TurnId Turn = new("turn_1");

    private readonly string _folder = Directory.CreateTempSubdirectory("colloquy-sandboxes-").FullName;
    private Process _host = null!;
    private FaultProxy _proxy = null!;
    private E2BSandboxProvider _provider = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _proxy = await FaultProxy.StartAsync(await StartHostAsync());
        _provider = new E2BSandboxProvider(
            Options.Create(new SandboxOptions { ApiUrl = _proxy.Url, SandboxUrl = _proxy.Url, ApiKey = ApiKey, Owner = "me" }),
            TimeProvider.System,
            NullLogger<E2BSandboxProvider>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        _provider.Dispose();
        await _proxy.DisposeAsync();
        await KillHostAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_command_is_found_again_when_its_host_was_killed_and_started_again()
    {
        var sandbox = await _provider.CreateAsync(new SandboxSpec("lease", "sesn_1", "base", TimeSpan.FromMinutes(10)), Token);
        var run = await PrepareAsync(sandbox);
        await using (var events = sandbox.StartAsync(run, Token).GetAsyncEnumerator(Token))
        {
            while (await events.MoveNextAsync() && events.Current is not ProcessOutput)
            {
            }

            await KillHostAsync();
            var broken = await Assert.ThrowsAsync<SandboxException>(() => DrainAsync(events));
            Assert.Equal(SandboxFailure.Unavailable, broken.Failure);
        }

        _proxy.Server = await StartHostAsync();
        var again = await _provider.ConnectAsync(sandbox.Id, TimeSpan.FromMinutes(10), Token);

        Assert.False(again!.WasResumed);
        Assert.Equal(sandbox.Id, Assert.Single(await _provider.ListAsync(Token).ToListAsync(Token)).Id);
        var follow = RunAsync(again, Launcher.Follow(Turn, 0));
        await RunAsync(again, new ProcessSpec("/bin/sh", ["-c", "echo >gate"]));
        Assert.StartsWith("waiting\nthrough\n", await follow, StringComparison.Ordinal);
        await _provider.KillAsync(sandbox.Id, Token);
    }

    private async Task<Uri> StartHostAsync()
    {
        _host = Process.Start(new ProcessStartInfo("dotnet")
        {
            ArgumentList = { "exec", Path.Combine(AppContext.BaseDirectory, "Colloquy.CrashHost.dll"), _folder, ApiKey },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        return new Uri((await _host.StandardOutput.ReadLineAsync(Token))!);
    }

    private async Task KillHostAsync()
    {
        _host.Kill();
        await _host.WaitForExitAsync(CancellationToken.None);
        _host.Dispose();
    }

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

    private static async Task DrainAsync(IAsyncEnumerator<ProcessEvent> events)
    {
        while (await events.MoveNextAsync())
        {
        }
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
}
