using Colloquy.Costs;
using Colloquy.Grains.Costs;
using CsCheck;
using Xunit;

namespace Colloquy.Grains.Tests.Costs;

public sealed class CostTallyTests
{
    [Fact]
    public void Add_sums_by_model_and_by_session()
    {
        var call = Entries.Call("sesn_1", "model-a", 10, 100);
        var other = Entries.Call("sesn_2", "model-a", 20, null);
        var sandbox = Entries.Sandbox("sesn_1", 3, 50);

        var day = CostTally.Empty.Add([Group(call), Group(other), Group(sandbox)]).ToDay(Entries.Today.Day);

        Assert.Equal(Entries.Today.Day, day.Day);
        Assert.Equal(150, day.Totals.TotalNanoUsd);
        Assert.Equal(2, day.Totals.ModelCalls);
        Assert.Equal(1, day.Totals.UnpricedCalls);
        Assert.Equal(Entries.Totals(call) + Entries.Totals(other), day.ByModel["model-a"]);
        Assert.Single(day.ByModel);
        Assert.Equal(Entries.Totals(call) + Entries.Totals(sandbox), day.BySession["sesn_1"]);
        Assert.Equal(Entries.Totals(other), day.BySession["sesn_2"]);
    }

    [Fact]
    public void Add_in_any_portions_gives_the_same() =>
        Gen.Select(Entries.Any.List[0, 20], Gen.Int[0, 20]).Sample((entries, at) =>
        {
            var groups = entries.Select(Group).ToList();
            var cut = Math.Min(at, groups.Count);
            var whole = CostTally.Empty.Add(groups);
            var portions = CostTally.Empty.Add(groups[..cut]).Add(groups[cut..]);
            CostAssert.Same(whole, portions.ToDay(Entries.Today.Day));
            Assert.Equal(whole.Totals, whole.BySession.Values.Aggregate(CostTotals.Zero, CostTotals.Add));
        });

    private static LedgerGroup Group(LedgerEntry entry) => new(entry.Session, entry.Model, Entries.Totals(entry));
}
