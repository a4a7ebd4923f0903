using Colloquy.Costs;

namespace Colloquy.Client;

/// <summary>What the rows of a <see cref="CostReport"/> stand for.</summary>
public enum CostGrouping
{
    Day,
    Model,
    Session,
}

/// <summary>Costs of a range of UTC days.</summary>
/// <param name="To">The last day, included.</param>
/// <param name="Rows">Only what cost or used something. Days ascend; models and sessions start with the dearest.</param>
/// <param name="Totals">Of the whole range. Sandbox time belongs to no model, so rows by model may add up to less.</param>
/// <param name="Models">The models that were called in the range, in ordinal order.</param>
public sealed record CostReport(
    CostGrouping By,
    DateOnly From,
    DateOnly To,
    IReadOnlyList<CostReportRow> Rows,
    CostTotals Totals,
    IReadOnlyList<string> Models);

/// <param name="Key">A day (yyyy-MM-dd), a model name or a session id.</param>
public sealed record CostReportRow(string Key, CostTotals Totals);
