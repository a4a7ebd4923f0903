using System.CommandLine;
using Colloquy.Cli.Api;
using Colloquy.Cli.Commands;
using Colloquy.Cli.Hosting;
using Colloquy.Sessions;

namespace Colloquy.Cli.Demo;

/// <summary><c>colloquy demo</c>: shows what the project does, and proves it.</summary>
internal static class DemoCommand
{
    public static Command Create(CliContext context)
    {
        var suite = CommonOptions.Choice("--suite", "Run one suite (default: all)", Suites.Names);
        var agent = CommonOptions.Agent();
        agent.Description = "The agent to show (default: agent_offline, which needs no key)";
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
            folder is null ? choice : choice with { DataFolder = folder.Path }, leave.Token);
        Introduce(screen, connection, agent);
        await RequireAgentAsync(connection.Client, agent, leave.Token);
        var setting = new DemoSetting(
            connection.Client, screen, agent, connection.Local,
            await HasDemoPricesAsync(connection.Client, agent, leave.Token), context.Time);
        var checks = Suites.All.Where(check => suite is null || check.Suite == suite).ToList();
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

    /// <summary>Asked once, before the checks: without a server, or with an agent that it refuses, all of them would fail alike.</summary>
    private static async Task RequireAgentAsync(ColloquyClient client, string agent, CancellationToken cancellationToken)
    {
        var session = await client.CreateSessionAsync(agent, "demo: the agent is there", cancellationToken);
        await client.EndSessionAsync(session.Id, cancellationToken);
    }

    /// <summary>The server says in its cost report whether prices stand in for real ones; the offline agent's always do.</summary>
    private static async Task<bool> HasDemoPricesAsync(ColloquyClient client, string agent, CancellationToken cancellationToken) =>
        agent is BuiltIn.OfflineAgent or BuiltIn.DefaultAgent ||
        (await client.GetCostsAsync("model", null, null, cancellationToken)).HasDemoPrices;
}
