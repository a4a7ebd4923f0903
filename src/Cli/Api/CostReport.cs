using System.Text.Json;
using Colloquy.Costs;

namespace Colloquy.Cli.Api;

/// <param name="Json">The answer as the server gave it, for <c>--json</c>.</param>
internal sealed record CostReport(
    string By,
    string From,
    string To,
    string Currency,
    IReadOnlyList<CostRow> Rows,
    CostTotals Totals,
    IReadOnlyList<string> Notes,
    JsonElement Json)
{
    /// <summary>The server's own words for prices that stand in for real ones.</summary>
    public bool HasDemoPrices => Notes.Any(note => note.Contains("demo price", StringComparison.OrdinalIgnoreCase));

    public static CostReport Parse(JsonElement json) => new(
        json.Text("by") ?? "",
        json.Text("from") ?? "",
        json.Text("to") ?? "",
        json.Text("currency") ?? "USD",
        [.. json.GetProperty("rows").EnumerateArray().Select(row => new CostRow(row.Text("key") ?? "", ReadTotals(row)))],
        ReadTotals(json.GetProperty("totals")),
        json.TryGetProperty("notes", out var notes) && notes.ValueKind == JsonValueKind.Array
            ? [.. notes.EnumerateArray().Select(note => note.GetString() ?? "")]
            : [],
        json);

    private static CostTotals ReadTotals(JsonElement json) =>
        json.Deserialize<CostTotals>(ApiJson.Options) ?? CostTotals.Zero;
}

internal sealed record CostRow(string Key, CostTotals Totals);
