using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Colloquy.Cli.Api;
using Colloquy.Cli.Rendering;
using Colloquy.Costs;
using CsvHelper;
using Spectre.Console;

namespace Colloquy.Cli.Commands;

/// <summary><c>colloquy costs</c>: what days, models or sessions cost.</summary>
internal static class CostsCommand
{
    public static Command Create(CliContext context)
    {
        var by = CommonOptions.Choice("--by", "What the rows are (default: day)", ["day", "model", "session"]);
        var from = CommonOptions.Day("--from", "The first UTC day (default: 29 days before the last)");
        var to = CommonOptions.Day("--to", "The last UTC day (default: today)");
        var json = new Option<bool>("--json") { Description = "Print the server's answer as JSON" };
        var csv = new Option<bool>("--csv") { Description = "Print comma-separated values with a header" };
        var command = new Command("costs", "Show what conversations cost, by day, model or session.") { by, from, to, json, csv };
        var choice = command.AddServerChoice();
        command.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(csv))
            {
                result.AddError("--json and --csv exclude each other.");
            }
        });
        command.SetAction((parsed, cancellationToken) => ServerCommand.RunAsync(
            context,
            choice(parsed),
            async (client, token) =>
            {
                var report = await client.GetCostsAsync(
                    parsed.GetValue(by) ?? "day", Day(parsed.GetValue(from)), Day(parsed.GetValue(to)), token);
                Action<Screen, CostReport> print =
                    parsed.GetValue(json) ? PrintJson : parsed.GetValue(csv) ? PrintCsv : PrintTable;
                print(context.Output, report);
            },
            cancellationToken));
        return command;
    }

    private static string? Day(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static void PrintJson(Screen screen, CostReport report) =>
        screen.Raw(JsonSerializer.Serialize(report.Json, ApiJson.Printed));

    private static void PrintCsv(Screen screen, CostReport report)
    {
        using var csv = CsvWriter.Create(screen.Writer, leaveOpen: true);
        csv.WriteRecords(report.Rows.Select(row => CostLine.From(report.By, row)));
    }

    private static void PrintTable(Screen screen, CostReport report)
    {
        screen.Line($"Costs by {report.By}, {report.From} to {report.To} (UTC), in {report.Currency}");
        var table = new FittingTable()
            .Add(report.By)
            .AddNumber("calls", 8).AddNumber("prompt", 1).AddNumber("cache read", 6).AddNumber("cache write", 7)
            .AddNumber("completion", 2).AddNumber("sandbox s", 3).AddNumber("vCPU s", 9)
            .AddNumber("models", 4).AddNumber("sandboxes", 5).AddNumber("total");
        foreach (var row in report.Rows)
        {
            AddRow(table, row.Key, row.Totals, Style.Plain);
        }

        table.AddEmptyRow();
        AddRow(table, "total", report.Totals, new Style(decoration: Decoration.Bold));
        table.WriteTo(screen);
        if (report.Totals.UnpricedCalls > 0 || report.Totals.UnpricedSandboxSlices > 0)
        {
            screen.Line("(+) some of it has no price: it is counted in tokens and seconds, and missing from the sums in USD.");
        }

        foreach (var note in report.Notes)
        {
            screen.Line($"Note: {note}");
        }
    }

    private static void AddRow(FittingTable table, string key, CostTotals cost, Style style) => table.AddRow(
        ((string[])[
            key,
            CostText.Count(cost.ModelCalls),
            CostText.Count(cost.Tokens.Prompt),
            CostText.Count(cost.Tokens.CacheRead),
            CostText.Count(cost.Tokens.CacheWrite),
            CostText.Count(cost.Tokens.Output),
            cost.SandboxSeconds.ToString("#,0.0", CultureInfo.InvariantCulture),
            cost.VCpuSeconds.ToString("#,0.0", CultureInfo.InvariantCulture),
            Amount(cost.ModelUsd, cost.UnpricedCalls),
            Amount(cost.SandboxUsd, cost.UnpricedSandboxSlices),
            Amount(cost.TotalUsd, cost.UnpricedCalls + cost.UnpricedSandboxSlices),
        ]).Select(cell => new Text(cell, style)));

    private static string Amount(decimal usd, long unpriced) =>
        usd.ToString("#,0.000000", CultureInfo.InvariantCulture) + (unpriced > 0 ? " (+)" : "");
}
