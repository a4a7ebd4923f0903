using System.Text.Json.Serialization;
using Colloquy.Client;
using Colloquy.Costs;

namespace Colloquy.Web.Costs;

/// <summary>Costs of a range of UTC days.</summary>
/// <param name="By">day, model or session.</param>
/// <param name="To">The last day, included.</param>
/// <param name="Rows">Only what cost or used something.</param>
/// <param name="Notes">What to know before believing the numbers.</param>
internal sealed record CostReportResource(
    string By,
    DateOnly From,
    DateOnly To,
    string Currency,
    IReadOnlyList<CostRowResource> Rows,
    CostTotals Totals,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Notes)
{
    public static CostReportResource Of(CostReport report, string by, IReadOnlyList<string> notes) => new(
        by, report.From, report.To, "USD", [.. report.Rows.Select(CostRowResource.Of)], report.Totals,
        notes.Count == 0 ? null : notes);
}

/// <summary>The totals of one day, model or session.</summary>
/// <param name="Key">A day (yyyy-MM-dd), a model name or a session id.</param>
internal sealed record CostRowResource(
    string Key,
    TokenUsage Tokens,
    long ModelCalls,
    long UnpricedCalls,
    long ModelNanoUsd,
    double SandboxSeconds,
    [property: JsonPropertyName("vcpu_seconds")] double VCpuSeconds,
    double GibSeconds,
    long SandboxNanoUsd,
    long UnpricedSandboxSlices,
    long TotalNanoUsd,
    decimal TotalUsd,
    decimal ModelUsd,
    decimal SandboxUsd)
{
    public static CostRowResource Of(CostReportRow row)
    {
        var totals = row.Totals;
        return new CostRowResource(
            row.Key, totals.Tokens, totals.ModelCalls, totals.UnpricedCalls, totals.ModelNanoUsd, totals.SandboxSeconds,
            totals.VCpuSeconds, totals.GibSeconds, totals.SandboxNanoUsd, totals.UnpricedSandboxSlices,
            totals.TotalNanoUsd, totals.TotalUsd, totals.ModelUsd, totals.SandboxUsd);
    }
}
