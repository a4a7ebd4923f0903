using System.Globalization;
using Colloquy.Costs;

namespace Colloquy.Client;

/// <summary>Adds up the days that the cost aggregators keep.</summary>
public sealed class CostClient(IGrainFactory grains)
{
    private const int DaysAtOnce = 16;

    /// <param name="from">First UTC day.</param>
    /// <param name="to">Last UTC day, included.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="to"/> is before <paramref name="from"/>.</exception>
    public async Task<CostReport> ReportAsync(
        CostGrouping by, DateOnly from, DateOnly to, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(to, from);
        var days = await ReadAsync(from, to, cancellationToken);
        var models = Sum(days.SelectMany(day => day.ByModel));
        var rows = by switch
        {
            CostGrouping.Model => Dearest(models),
            CostGrouping.Session => Dearest(Sum(days.SelectMany(day => day.BySession))),
            _ => days.Where(day => day.Totals != CostTotals.Zero).Select(day => new CostReportRow(Key(day.Day), day.Totals)),
        };
        var totals = days.Aggregate(CostTotals.Zero, (sum, day) => sum + day.Totals);
        return new CostReport(by, from, to, [.. rows], totals, [.. models.Keys.Order(StringComparer.Ordinal)]);
    }

    private async Task<CostDay[]> ReadAsync(DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        var days = new CostDay[to.DayNumber - from.DayNumber + 1];
        var limit = new ParallelOptions { MaxDegreeOfParallelism = DaysAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, days.Length, limit, async (index, _) =>
        {
            var key = new CostKey(CostKey.DefaultTenant, from.AddDays(index));
            days[index] = await grains.GetGrain<ICostAggregatorGrain>(key.GrainKey).GetAsync();
        });
        return days;
    }

    private static Dictionary<string, CostTotals> Sum(IEnumerable<KeyValuePair<string, CostTotals>> parts)
    {
        var sums = new Dictionary<string, CostTotals>(StringComparer.Ordinal);
        foreach (var (key, totals) in parts)
        {
            sums[key] = sums.GetValueOrDefault(key, CostTotals.Zero) + totals;
        }

        return sums;
    }

    private static IEnumerable<CostReportRow> Dearest(Dictionary<string, CostTotals> sums) => sums
        .OrderByDescending(sum => sum.Value.TotalNanoUsd)
        .ThenBy(sum => sum.Key, StringComparer.Ordinal)
        .Select(sum => new CostReportRow(sum.Key, sum.Value));

    private static string Key(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
