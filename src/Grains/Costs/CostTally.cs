using System.Collections.Immutable;
using Colloquy.Costs;

namespace Colloquy.Grains.Costs;

/// <summary>Sums of ledger groups: all together, by model, and by session. Adding gives a new tally.</summary>
/// <param name="ByModel">Model calls only: sandbox time has no model.</param>
public sealed record CostTally(
    CostTotals Totals,
    ImmutableDictionary<string, CostTotals> ByModel,
    ImmutableDictionary<string, CostTotals> BySession)
{
    public static readonly CostTally Empty = new(
        CostTotals.Zero,
        ImmutableDictionary.Create<string, CostTotals>(StringComparer.Ordinal),
        ImmutableDictionary.Create<string, CostTotals>(StringComparer.Ordinal));

    public CostTally Add(IReadOnlyList<LedgerGroup> groups)
    {
        if (groups.Count == 0)
        {
            return this;
        }

        var totals = Totals;
        var byModel = ByModel.ToBuilder();
        var bySession = BySession.ToBuilder();
        foreach (var group in groups)
        {
            totals += group.Totals;
            AddTo(bySession, group.Session.Value, group.Totals);
            if (group.Model is not null)
            {
                AddTo(byModel, group.Model, group.Totals);
            }
        }

        return new CostTally(totals, byModel.ToImmutable(), bySession.ToImmutable());
    }

    public CostDay ToDay(DateOnly day) => new(day, Totals, ByModel, BySession);

    private static void AddTo(ImmutableDictionary<string, CostTotals>.Builder sums, string name, CostTotals totals) =>
        sums[name] = sums.GetValueOrDefault(name, CostTotals.Zero) + totals;
}
