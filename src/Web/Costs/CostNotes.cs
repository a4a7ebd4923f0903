using Colloquy.Client;

namespace Colloquy.Web.Costs;

/// <summary>Says beside a report what its numbers alone do not say.</summary>
internal static class CostNotes
{
    public static IReadOnlyList<string> For(CostReport report, ColloquyWebOptions options)
    {
        var notes = report.Models.Where(options.IsDemoModel)
            .Select(model => $"prices of model {model} are demo prices")
            .ToList();
        AddIf(notes, report.Totals.SandboxSeconds > 0 && options.HasDemoSandboxes,
            "prices of sandboxes on this machine are demo prices");
        AddIf(notes, report.Totals.UnpricedCalls > 0,
            $"{report.Totals.UnpricedCalls} model calls have no price and are missing from the sums");
        AddIf(notes, report.Totals.UnpricedSandboxSlices > 0,
            $"{report.Totals.UnpricedSandboxSlices} slices of sandbox time have no price and are missing from the sums");
        AddIf(notes, report.By == CostGrouping.Model && report.Totals.SandboxSeconds > 0,
            "sandbox time belongs to no model: it is in the totals and in no row");
        return notes;
    }

    private static void AddIf(List<string> notes, bool condition, string note)
    {
        if (condition)
        {
            notes.Add(note);
        }
    }
}
