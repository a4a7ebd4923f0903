using Colloquy.Costs;
using Colloquy.Grains.Costs;
using Xunit;

namespace Colloquy.Grains.Tests.Costs;

internal static class CostAssert
{
    public static void Same(CostTally expected, CostDay actual)
    {
        Assert.Equal(expected.Totals, actual.Totals);
        Assert.Equal(Sorted(expected.ByModel), Sorted(actual.ByModel));
        Assert.Equal(Sorted(expected.BySession), Sorted(actual.BySession));
    }

    private static IEnumerable<KeyValuePair<string, CostTotals>> Sorted(IReadOnlyDictionary<string, CostTotals> sums) =>
        sums.OrderBy(sum => sum.Key, StringComparer.Ordinal);
}
