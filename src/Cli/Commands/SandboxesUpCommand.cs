using System.CommandLine;
using Colloquy.Cli.Hosting;
using Colloquy.Silo;

namespace Colloquy.Cli.Commands;

/// <summary><c>colloquy sandboxes up</c>: a host of sandboxes that stays until it is stopped.</summary>
internal static class SandboxesUpCommand
{
    public static Command Create(CliContext context)
    {
        var urls = CommonOptions.Urls(StandaloneSandboxHost.DefaultUrls);
        var data = CommonOptions.Data("$XDG_DATA_HOME/colloquy-sandboxes or ~/.local/share/colloquy-sandboxes");
        var command = new Command(
            "up", "Serve sandboxes of this machine by E2B's API, to servers that have the key in E2B_API_KEY.") { urls, data };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            context,
            parsed.GetValue(urls) ?? StandaloneSandboxHost.DefaultUrls,
            parsed.GetValue(data) ?? StandaloneSandboxHost.DefaultDataFolder,
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        CliContext context, string urls, string dataFolder, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var leaving = context.Interrupts.OnAny(stop.Cancel);
        int running;
        await using (var host = await StartAsync(urls, dataFolder, stop.Token))
        {
            Explain(context, host);
            // Leaving is how this command succeeds.
            await Task.Delay(Timeout.InfiniteTimeSpan, context.Time, stop.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            context.Output.Line("Stopping …");
            running = host.RunningSandboxes;
        }

        context.Output.Line(running switch
        {
            0 => "Stopped.",
            1 => "Stopped. One sandbox runs on until its time is over; the next host on this data takes it over.",
            _ => $"Stopped. {running} sandboxes run on until their time is over; the next host on this data takes them over.",
        });
        return ExitCodes.Success;
    }

    private static async Task<StandaloneSandboxHost> StartAsync(
        string urls, string dataFolder, CancellationToken cancellationToken)
    {
        try
        {
            return await StandaloneSandboxHost.StartAsync(urls, dataFolder, cancellationToken);
        }
        catch (ServerStartException exception)
        {
            throw new ServerNotStartedException(exception.Message, exception);
        }
    }

    private static void Explain(CliContext context, StandaloneSandboxHost host)
    {
        var screen = context.Output;
        screen.Line("Sandboxes are served.");
        screen.Line($"  URL          {host.Url}");
        screen.Line($"  data folder  {host.DataFolder}");
        screen.Line($"  isolation    {host.Isolation}");
        screen.Line($"  limits       {host.Limits}");
        screen.Line($"  network      {host.Network}");
        screen.Line();
        screen.Line("What to type next, where the server of sessions runs, with the key that this host was started with:");
        screen.Line($"  E2B_API_KEY=... E2B_API_URL={host.Url} E2B_SANDBOX_URL={host.Url} Sandbox__Provider=e2b {context.Program} up");
        screen.Line();
        screen.Line("Ctrl-C stops it.");
    }
}
