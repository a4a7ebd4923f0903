using System.Globalization;

namespace Colloquy.Costs;

/// <summary>Names one cost aggregator: a tenant's UTC day.</summary>
[GenerateSerializer, Immutable, Alias("costs.key")]
public readonly record struct CostKey([property: Id(0)] string Tenant, [property: Id(1)] DateOnly Day)
{
    /// <summary>The tenant of everything until accounts exist.</summary>
    public const string DefaultTenant = "default";

    public static CostKey For(DateTimeOffset at) => new(DefaultTenant, DateOnly.FromDateTime(at.UtcDateTime));

    public string GrainKey => string.Create(CultureInfo.InvariantCulture, $"{Tenant}|{Day:yyyy-MM-dd}");

    /// <exception cref="FormatException">The key is not <c>tenant|yyyy-MM-dd</c>.</exception>
    public static CostKey Parse(string grainKey)
    {
        var bar = grainKey.LastIndexOf('|');
        return bar > 0 && DateOnly.TryParseExact(grainKey.AsSpan(bar + 1), "yyyy-MM-dd", out var day)
            ? new CostKey(grainKey[..bar], day)
            : throw new FormatException($"'{grainKey}' is not a cost key of the form tenant|yyyy-MM-dd.");
    }
}
