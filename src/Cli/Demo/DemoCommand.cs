using System.CommandLine;
using System.Globalization;
using Colloquy.Agents;
using Colloquy.Cli.Api;
using Colloquy.Cli.Commands;
using Colloquy.Cli.Hosting;
using Colloquy.Sessions;

namespace Colloquy.Cli.Demo;

/// <summary><c>colloquy demo</c>: shows what the project does, and proves it.</summary>
internal static class DemoCommand
{
    /// <summary>A rough estimate: two or three calls of a large model for each message, most of their prompts from its cache.</summary>
    private const double UsdPerCheck = 0.15;

    public static Command Create(CliContext context)
    {
        var suite = CommonOptions.Choice("--suite", "Run one suite (default: all)", Suites.Names);
        var agent = CommonOptions.Agent();
        agent.Description = "The agent to show; all but agent_offline spend money (default: agent_offline, also where there is a key)";
        var command = new Command("demo", "Show what Colloquy does, on a server of its own in a temporary folder.") { suite, agent };
        var choice = command.AddServerChoice(
            CommonOptions.Server("one is started for the demo"), CommonOptions.Data("a temporary one, which is removed"));
        command.SetAction((parsed, cancellationToken) => RunAsync(
            context, choice(parsed), parsed.GetValue(suite), parsed.GetValue(agent) ?? BuiltIn.OfflineAgent, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        CliContext context, ServerChoice choice, string? suite, string agent, CancellationToken cancellationToken)
    {
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var leaving = context.Interrupts.OnAny(leave.Cancel);
        using var folder = choice is { Server: null, DataFolder: null } ? TemporaryFolder.Create() : null;
        var screen = new DemoScreen(context.Output);
        await using var connection = await context.Access.OpenAsync(
            folder is null ? choice : choice with { DataFolder = folder.Path, Temporary = true }, leave.Token);
        Introduce(screen, connection, agent);
        var probe = await ProbeAsync(connection.Client, agent, leave.Token);
        var isOffline = probe.Agent?.Runtime == AgentRuntime.Offline;
        var setting = new DemoSetting(
            connection.Client, screen, agent, connection.Local, isOffline,
            isOffline || (await connection.Client.GetCostsAsync("model", null, null, leave.Token)).HasDemoPrices, context.Time);
        var checks = Suites.For(isOffline).Where(check => suite is null || check.Suite == suite).ToList();
        if (!isOffline)
        {
            await WarnOfCostAsync(context, checks.Count(check => check.LeftOut is null), leave.Token);
        }

        await connection.PrepareAsync(probe, screen.Line, leave.Token);
        return await new DemoRunner(setting).RunAsync(checks, leave.Token) ? ExitCodes.Success : ExitCodes.Failed;
    }

    private static void Introduce(DemoScreen screen, ServerConnection connection, string agent)
    {
        screen.Line("Colloquy runs conversations with agents: each session has a history, a sandbox in which the agent works,");
        screen.Line("and an account of what it costs. This demo talks to a server through its public HTTP API.");
        screen.Line($"  server  {connection.Client.Server.GetLeftPart(UriPartial.Authority)} " +
            (connection.Local is null ? "(already running)" : "(started for this demo, in this process)"));
        if (connection.Local is { } local)
        {
            screen.Line($"  data    {local.DataFolder}");
        }

        screen.Line($"  agent   {agent}");
    }

    /// <summary>
    /// Asked once, before the checks: without a server, or with an agent that it refuses, all of them would fail alike.
    /// The session knows which agent it is; a name such as the default agent's does not say.
    /// </summary>
    private static async Task<SessionView> ProbeAsync(ColloquyClient client, string agent, CancellationToken cancellationToken)
    {
        var session = await client.CreateSessionAsync(agent, "demo: the agent is there", cancellationToken);
        await client.EndSessionAsync(session.Id, cancellationToken);
        return session;
    }

    private static async Task WarnOfCostAsync(CliContext context, int checks, CancellationToken cancellationToken)
    {
        context.Output.Line();
        context.Output.Line(string.Create(CultureInfo.InvariantCulture,
            $"THIS SPENDS MONEY: the agent calls a model, about {checks * UsdPerCheck:0.0} USD for {checks} checks with a large one. Ctrl-C stops it at any time."));
        if (context.Prompts)
        {
            context.Output.Prompt("Enter begins. ");
            // Reading a terminal cannot be cancelled: the reader is left behind when the program leaves.
            await Task.Run(context.Input.ReadLine, CancellationToken.None).WaitAsync(cancellationToken);
        }
    }
}
