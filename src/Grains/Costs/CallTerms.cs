using System.Collections.Frozen;
using Colloquy.Models;

namespace Colloquy.Grains.Costs;

/// <summary>
/// What beside the tokens decides the price of a call: the price book's factors and its prices per request.
/// </summary>
/// <param name="ServiceTiers">By what a provider calls the tier.</param>
/// <param name="InferenceGeos">By what a provider calls the place.</param>
/// <param name="WebSearchUsd">Per search; null if it is not known.</param>
internal sealed record CallTerms(
    FrozenDictionary<string, decimal> ServiceTiers, FrozenDictionary<string, decimal> InferenceGeos, decimal? WebSearchUsd)
{
    public static readonly CallTerms None = new(
        FrozenDictionary<string, decimal>.Empty, FrozenDictionary<string, decimal>.Empty, null);

    /// <summary>Words of the API for what is neither cheaper nor dearer.</summary>
    private static readonly FrozenSet<string> UsualTiers = FrozenSet.Create(StringComparer.Ordinal, "standard", "priority");

    private static readonly FrozenSet<string> UsualGeos = FrozenSet.Create(StringComparer.Ordinal, "global", "not_available");

    /// <returns>By how much the prices of tokens are multiplied; null if the terms are unknown.</returns>
    public decimal? Factor(ModelCallTerms terms) =>
        Factor(terms.ServiceTier, ServiceTiers, UsualTiers) * Factor(terms.InferenceGeo, InferenceGeos, UsualGeos);

    public decimal? NanoUsdOfSearches(long searches) => searches == 0 ? 0 : searches * WebSearchUsd * 1_000_000_000m;

    private static decimal? Factor(string? term, FrozenDictionary<string, decimal> factors, FrozenSet<string> usual) =>
        string.IsNullOrEmpty(term) ? 1
        : factors.TryGetValue(term, out var factor) ? factor
        : usual.Contains(term) ? 1
        : null;
}
