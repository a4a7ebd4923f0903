using System.CommandLine;
using Colloquy.Cli.Hosting;

namespace Colloquy.Cli.Commands;

/// <summary><c>colloquy up</c>: a server that stays until it is stopped.</summary>
internal static class UpCommand
{
    public static Command Create(CliContext context)
    {
        var urls = CommonOptions.Urls();
        var data = CommonOptions.Data();
        var command = new Command("up", "Start a server; it keeps its data over restarts.") { urls, data };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            context, new ServerStart(parsed.GetValue(urls), parsed.GetValue(data), Quiet: false), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(CliContext context, ServerStart start, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var leaving = context.Interrupts.OnAny(stop.Cancel);
        await using var server = await context.Servers.StartAsync(start, stop.Token);
        Explain(context, server);
        try
        {
            await server.WaitForShutdownAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Leaving is how this command succeeds.
        }

        context.Output.Line("Stopping …");
        await server.DisposeAsync();
        context.Output.Line("Stopped. Everything that was accepted is stored.");
        return ExitCodes.Success;
    }

    private static void Explain(CliContext context, ILocalServer server)
    {
        var screen = context.Output;
        screen.Line("Colloquy is running.");
        screen.Line($"  URL          {server.Url}");
        screen.Line($"  data folder  {server.DataFolder}");
        screen.Line();
        screen.Line("What to type next, in another terminal:");
        var choice = server.DataFolder == context.Servers.DefaultDataFolder ? "" : $" --server {server.Url}";
        screen.Line($"  {context.Program} chat{choice}");
        screen.Line($"  {context.Program} run \"What is 17*23?\"{choice}");
        screen.Line($"  {context.Program} costs{choice}");
        screen.Line($"  curl {server.Url}/v1/sessions");
        screen.Line();
        screen.Line("Ctrl-C stops it.");
    }
}
