using System.Globalization;
using System.Text;
using Colloquy.Agents;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;
using Microsoft.Extensions.DependencyInjection;

namespace Colloquy.Cli.Demo;

/// <summary>
/// A sandbox like that of a session, with an agent's command and nothing around it: no session, no journal, no launcher.
/// </summary>
internal sealed class BareSandbox : IAsyncDisposable
{
    private const string Home = "/home/user";
    private readonly ISandboxProvider _provider;
    private readonly ISandbox _sandbox;
    private readonly AgentDefinition _agent;
    private readonly IAgentRuntime _runtime;

    private BareSandbox(ISandboxProvider provider, ISandbox sandbox, AgentDefinition agent, IAgentRuntime runtime) =>
        (_provider, _sandbox, _agent, _runtime) = (provider, sandbox, agent, runtime);

    public static async Task<BareSandbox> CreateAsync(
        IServiceProvider services, string agentId, CancellationToken cancellationToken)
    {
        var provider = services.GetRequiredService<ISandboxProvider>();
        var agents = services.GetRequiredService<AgentCatalog>();
        var agent = await agents.FindAsync(agentId, null);
        var options = services.GetRequiredService<SandboxLeaseOptions>();
        var sandbox = await provider.CreateAsync(
            new SandboxSpec($"bare-{Guid.NewGuid():N}", "bare", options.Template, TimeSpan.FromMinutes(5)), cancellationToken);
        return new BareSandbox(provider, sandbox, agent, agents.RuntimeOf(agent));
    }

    /// <returns>From starting the agent's process to its end.</returns>
    public async Task<TimeSpan> RunAsync(string prompt, int number, TimeProvider time, CancellationToken cancellationToken)
    {
        var turn = new TurnId(string.Create(CultureInfo.InvariantCulture, $"turn_bare{number}"));
        var prepared = _runtime.Prepare(_agent, new AgentTurn(
            SessionId.New(), turn, prompt, number + 1, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
        var folder = $"{Home}/.colloquy/turns/{turn}";
        var history = $"{Home}/.colloquy/history.jsonl";
        await _sandbox.WriteAsync(
            [
                new SandboxFile($"{folder}/prompt", Encoding.UTF8.GetBytes(prompt)),
                new SandboxFile(history, ReadOnlyMemory<byte>.Empty),
                .. prepared.Files.Select(file => file with { Path = $"{folder}/{file.Path}" }),
            ],
            cancellationToken);
        var environment = new Dictionary<string, string>(prepared.Environment)
        {
            ["TURN_DIR"] = folder,
            ["HISTORY"] = history,
        };
        var started = time.GetTimestamp();
        await RunToEndAsync(
            new ProcessSpec(
                "/bin/sh",
                ["-c", "exec \"$@\" < \"$TURN_DIR/prompt\" > \"$TURN_DIR/out.jsonl\" 2> \"$TURN_DIR/err\"", "sh", .. prepared.Command],
                environment),
            cancellationToken);
        return time.GetElapsedTime(started);
    }

    public async ValueTask DisposeAsync() => await _provider.KillAsync(_sandbox.Id, CancellationToken.None);

    private async Task RunToEndAsync(ProcessSpec process, CancellationToken cancellationToken)
    {
        await foreach (var happened in _sandbox.StartAsync(process, cancellationToken))
        {
            if (happened is ProcessEnded { ExitCode: not 0 } ended)
            {
                throw new InvalidOperationException(
                    $"The bare agent ended with exit code {ended.ExitCode} ({ended.Status}): nothing to compare with.");
            }
        }
    }
}
