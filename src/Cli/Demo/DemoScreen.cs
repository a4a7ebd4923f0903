using System.Globalization;
using Colloquy.Cli.Api;
using Colloquy.Cli.Rendering;
using Colloquy.Costs;
using Spectre.Console;

namespace Colloquy.Cli.Demo;

/// <summary>How the demo presents itself.</summary>
internal sealed class DemoScreen(Screen screen)
{
    private readonly EventPrinter _events = new(screen);

    public void Line(string text = "") => screen.Line(text);

    public void Title(int number, int count, Check check)
    {
        screen.Line();
        screen.Write(new Rule($"[bold]{number}/{count}  {Markup.Escape(check.Suite)}: {Markup.Escape(check.Name)}[/]").LeftJustified());
        screen.Line($"Purpose: {check.Purpose}");
        screen.Line($"Expect:  {check.Expect}");
        screen.Line();
    }

    public void Prompt(string prompt) => screen.Line("> " + prompt, new Style(Color.Green));

    public void Event(ApiEvent item) => _events.Print(item);

    public void Finding(Finding finding) => screen.Line(
        $"{(finding.Holds ? "[ok]    " : "[FAILED]")} {finding.Criterion}: {finding.CameOut}",
        new Style(finding.Holds ? Color.Green : Color.Red));

    public void Skipped(string criterion, string reason) => screen.Line(
        $"[skipped] {criterion}: {reason}", new Style(Color.Yellow));

    public void Cost(CostTotals cost, bool demoPrices) =>
        screen.Line($"Cost:    {CostText.Full(cost, demoPrices)}");

    public void Broken(Exception exception) => screen.Write(exception is ApiErrorException { Info: var info }
        ? ErrorPanel.Of(info)
        : ErrorPanel.Of("The check broke off", exception.Message));

    public void Summary(IReadOnlyList<CheckOutcome> outcomes, bool isOffline, bool demoPrices)
    {
        screen.Line();
        screen.Write(new Rule("[bold]Summary[/]").LeftJustified());
        var table = new FittingTable()
            .Add("suite").Add("check").Add("result")
            .AddNumber("criteria", 3).AddNumber("time").AddNumber("prompt", 2).AddNumber("completion", 1)
            .AddNumber("cache", 5).AddNumber("sandbox s", 4).AddNumber(demoPrices ? "demo USD" : "USD");
        foreach (var outcome in outcomes)
        {
            AddRow(table, outcome.Check.Suite, outcome.Check.Name, outcome.Result, outcome.Findings, outcome.Elapsed, outcome.Cost);
        }

        table.AddEmptyRow();
        AddRow(
            table, "all", "", outcomes.All(outcome => outcome.Held) ? CheckOutcome.Ok : CheckOutcome.Failed, [.. outcomes.SelectMany(outcome => outcome.Findings)],
            outcomes.Aggregate(TimeSpan.Zero, (sum, outcome) => sum + outcome.Elapsed),
            outcomes.Aggregate(CostTotals.Zero, (sum, outcome) => sum + outcome.Cost));
        table.WriteTo(screen);
        if (isOffline)
        {
            screen.Line("The offline agent calls no model: its tokens are estimates, and its USD are at demo prices.");
        }
        else if (demoPrices)
        {
            screen.Line("Sandbox time is at demo prices: it ran on a machine of yours.");
        }

        foreach (var outcome in outcomes)
        {
            foreach (var finding in outcome.Findings.Where(finding => !finding.Holds))
            {
                screen.Line($"FAILED: {outcome.Check.Suite}, {outcome.Check.Name}: {finding.Criterion}: {finding.CameOut}");
            }
        }
    }

    private static void AddRow(
        FittingTable table, string suite, string name, string result, IReadOnlyList<Finding> findings, TimeSpan elapsed, CostTotals cost) =>
        table.AddRow(
            new Text(suite),
            new Text(name),
            new Text(result, new Style(result switch { CheckOutcome.Ok => Color.Green, CheckOutcome.Failed => Color.Red, _ => Color.Yellow })),
            new Text(string.Create(CultureInfo.InvariantCulture, $"{findings.Count(finding => finding.Holds)}/{findings.Count}")),
            new Text(TimeText.Seconds(elapsed)),
            new Text(CostText.Count(cost.Tokens.Prompt)),
            new Text(CostText.Count(cost.Tokens.Output)),
            new Text(CostText.Count(cost.Tokens.CacheRead + cost.Tokens.CacheWrite)),
            new Text(cost.SandboxSeconds.ToString("0.00", CultureInfo.InvariantCulture)),
            new Text(cost.TotalUsd.ToString("0.00000000", CultureInfo.InvariantCulture)));
}

internal sealed record CheckOutcome(
    Check Check, bool Held, IReadOnlyList<Finding> Findings, TimeSpan Elapsed, CostTotals Cost)
{
    public const string Ok = "ok";
    public const string Failed = "FAILED";

    public string Result => Check.LeftOut is not null ? "skipped" : Held ? Ok : Failed;

    public static CheckOutcome LeftOut(Check check) => new(check, Held: true, [], TimeSpan.Zero, CostTotals.Zero);
}
