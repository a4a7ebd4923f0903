using System.Collections.Immutable;
using Colloquy.Costs;

namespace Colloquy.Grains.Agents;

/// <summary>Token counts by <see cref="ModelName.Family"/>.</summary>
internal static class ModelTokens
{
    public static IReadOnlyDictionary<string, TokenUsage> Plus(
        this IReadOnlyDictionary<string, TokenUsage> sums, string model, TokenUsage tokens)
    {
        var family = ModelName.Family(model);
        return sums.ToImmutableDictionary(StringComparer.Ordinal)
            .SetItem(family, sums.GetValueOrDefault(family) + tokens);
    }
}
