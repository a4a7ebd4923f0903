using Orleans.Concurrency;

namespace Colloquy.Costs;

/// <summary>Totals of one tenant's UTC day over the cost ledger. The key is <see cref="CostKey.GrainKey"/>.</summary>
[Alias("costs.aggregator")]
public interface ICostAggregatorGrain : IGrainWithStringKey
{
    /// <summary>Reads what the ledger has gained and returns the day.</summary>
    [Alias("get")]
    Task<CostDay> GetAsync();

    /// <summary>A hint that the ledger has grown. Losing it costs freshness, never money.</summary>
    [Alias("notify"), OneWay]
    Task NotifyAsync();
}

/// <param name="ByModel">Model name to the sums of its calls.</param>
/// <param name="BySession">Session id to all its sums, sandbox time included.</param>
[GenerateSerializer, Immutable, Alias("costs.day")]
public sealed record CostDay(
    [property: Id(0)] DateOnly Day,
    [property: Id(1)] CostTotals Totals,
    [property: Id(2)] IReadOnlyDictionary<string, CostTotals> ByModel,
    [property: Id(3)] IReadOnlyDictionary<string, CostTotals> BySession);
