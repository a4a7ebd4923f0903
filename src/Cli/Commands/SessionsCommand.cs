using System.CommandLine;
using System.Globalization;
using Colloquy.Cli.Api;
using Colloquy.Cli.Rendering;
using Colloquy.Costs;
using Colloquy.Sessions;
using Spectre.Console;

namespace Colloquy.Cli.Commands;

/// <summary><c>colloquy sessions list|show|interrupt|end</c>.</summary>
internal static class SessionsCommand
{
    public static Command Create(CliContext context) => new("sessions", "List, show, interrupt and end sessions.")
    {
        CreateList(context),
        ForOne(context, "show", "Show a session: its state, its cost and its whole conversation.", ShowAsync),
        ForOne(context, "interrupt", "Stop the turn that runs in a session; the session stays usable.", InterruptAsync),
        ForOne(context, "end", "End a session for good and remove its sandbox; history and costs stay readable.", EndAsync),
    };

    private static Command CreateList(CliContext context)
    {
        var limit = new Option<int>("--limit") { HelpName = "N", Description = "How many", DefaultValueFactory = _ => 20 };
        limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1000)
            {
                result.AddError("--limit: must be between 1 and 1000.");
            }
        });
        var status = CommonOptions.Choice("--status", "Only sessions in this state", SessionStatus.All);
        var command = new Command("list", "List sessions, newest first.") { limit, status };
        var choice = command.AddServerChoice();
        command.SetAction((parsed, cancellationToken) => ServerCommand.RunAsync(
            context, choice(parsed),
            (client, token) => ListAsync(context, client, parsed.GetValue(limit), parsed.GetValue(status), token),
            cancellationToken));
        return command;
    }

    private static Command ForOne(
        CliContext context, string name, string description, Func<CliContext, ColloquyClient, string, CancellationToken, Task> act)
    {
        var id = new Argument<string>("ID") { Description = "The session's id: sesn_…" };
        var command = new Command(name, description) { id };
        var choice = command.AddServerChoice();
        command.SetAction((parsed, cancellationToken) => ServerCommand.RunAsync(
            context, choice(parsed),
            (client, token) => act(context, client, parsed.GetRequiredValue(id), token), cancellationToken));
        return command;
    }

    private static async Task ListAsync(
        CliContext context, ColloquyClient client, int limit, string? status, CancellationToken cancellationToken)
    {
        var sessions = new List<SessionView>();
        string? page = null;
        do
        {
            var list = await client.ListSessionsAsync(Math.Min(limit - sessions.Count, 100), page, status, cancellationToken);
            sessions.AddRange(list.Data);
            page = list.NextPage;
        }
        while (page is not null && sessions.Count < limit);

        if (sessions.Count == 0)
        {
            context.Output.Line($"No sessions yet. `{context.Program} chat` starts one.");
            return;
        }

        Table(sessions).WriteTo(context.Output);
        if (page is not null)
        {
            context.Output.Line($"There are more: --limit {limit * 2}");
        }
    }

    private static FittingTable Table(IEnumerable<SessionView> sessions)
    {
        var table = new FittingTable()
            .Add("session").Add("status").Add("agent", 3).AddNumber("turns", 2).Add("created", 1).AddNumber("cost").Add("title", 4);
        foreach (var session in sessions)
        {
            table.AddRow(
                new Text(session.Id),
                new Text(session.QueuedMessages > 0 ? $"{session.Status}, {session.QueuedMessages} queued" : session.Status),
                new Text(session.Agent?.Id ?? ""),
                new Text(session.Turns.ToString(CultureInfo.InvariantCulture)),
                new Text(TimeText.Moment(session.CreatedAt)),
                new Text(CostText.Money(session.Cost ?? CostTotals.Zero)),
                new Text(Printable.OneLine(session.Title ?? "", 40)));
        }

        return table;
    }

    private static async Task ShowAsync(
        CliContext context, ColloquyClient client, string id, CancellationToken cancellationToken)
    {
        var session = await client.GetSessionAsync(id, cancellationToken);
        var screen = context.Output;
        screen.Line($"session       {session.Id}");
        screen.Line($"status        {session.Status}");
        if (session.Title is { Length: > 0 } title)
        {
            screen.Line($"title         {title}");
        }

        screen.Line($"agent         {session.Agent?.Id} ({session.Agent?.Model?.Id})");
        screen.Line($"created       {TimeText.Moment(session.CreatedAt)}");
        screen.Line($"updated       {TimeText.Moment(session.UpdatedAt)}");
        screen.Line($"running turn  {session.RunningTurnId ?? "none"}, {session.QueuedMessages} messages queued");
        screen.Line($"turns         {session.Turns}");
        screen.Line($"turn timeout  {TimeText.Seconds(session.TurnTimeoutSeconds ?? 0)}");
        screen.Line($"sandbox       {session.SandboxId ?? "none"}");
        screen.Line($"cost          {CostText.Full(session.Cost ?? CostTotals.Zero)}");
        var printer = new EventPrinter(screen) { ShowUser = true };
        await foreach (var item in client.ListEventsAsync(id, cancellationToken))
        {
            printer.Print(item);
        }
    }

    private static async Task InterruptAsync(
        CliContext context, ColloquyClient client, string id, CancellationToken cancellationToken)
    {
        await client.InterruptAsync(id, cancellationToken);
        context.Output.Line($"The turn that runs in {id} is being stopped. The session stays usable.");
    }

    private static async Task EndAsync(
        CliContext context, ColloquyClient client, string id, CancellationToken cancellationToken)
    {
        await client.EndSessionAsync(id, cancellationToken);
        var session = await client.GetSessionAsync(id, cancellationToken);
        context.Output.Line(
            $"{id} has ended ({session.Status}) after {session.Turns} turns; " +
            $"it cost {CostText.Money(session.Cost ?? CostTotals.Zero)}.");
    }
}
