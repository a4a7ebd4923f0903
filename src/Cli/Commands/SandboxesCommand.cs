using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Colloquy.Cli.Api;
using Colloquy.Cli.Rendering;
using Spectre.Console;

namespace Colloquy.Cli.Commands;

/// <summary><c>colloquy sandboxes list|up</c>.</summary>
internal static class SandboxesCommand
{
    public static Command Create(CliContext context) => new("sandboxes", "List sandboxes; serve sandboxes to other machines.")
    {
        CreateList(context),
        SandboxesUpCommand.Create(context),
    };

    private static Command CreateList(CliContext context)
    {
        var json = new Option<bool>("--json") { Description = "Print the server's answer as JSON" };
        var command = new Command("list", "List the sandboxes of this installation, and who holds them.") { json };
        var choice = command.AddServerChoice();
        command.SetAction((parsed, cancellationToken) => ServerCommand.RunAsync(
            context, choice(parsed),
            async (client, token) =>
            {
                var list = await client.ListSandboxesAsync(token);
                if (parsed.GetValue(json))
                {
                    context.Output.Raw(JsonSerializer.Serialize(list.Json, ApiJson.Printed));
                }
                else
                {
                    Print(context.Output, list);
                }
            },
            cancellationToken));
        return command;
    }

    private static void Print(Screen screen, SandboxListView list)
    {
        if (list.Data.Count > 0)
        {
            Table(list.Data).WriteTo(screen);
        }

        screen.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{list.Running} running, {list.Paused} paused, {list.Orphans} held by no session; " +
            $"{list.SweptSinceStart} swept since the server started."));
    }

    private static FittingTable Table(IEnumerable<SandboxView> sandboxes)
    {
        var table = new FittingTable()
            .Add("sandbox").Add("session", 1).Add("state").Add("since", 3).Add("until", 2).AddNumber("vCPU", 4).AddNumber("MiB", 5);
        foreach (var sandbox in sandboxes)
        {
            table.AddRow(
                new Text(sandbox.Id),
                new Text(sandbox.SessionId ?? "unknown"),
                new Text(sandbox.Held ? sandbox.State : $"{sandbox.State}, orphan"),
                new Text(TimeText.Moment(sandbox.Since)),
                new Text(sandbox.Until is { } until ? TimeText.Moment(until) : ""),
                new Text(sandbox.VCpus.ToString(CultureInfo.InvariantCulture)),
                new Text(sandbox.MemoryMib.ToString(CultureInfo.InvariantCulture)));
        }

        return table;
    }
}
