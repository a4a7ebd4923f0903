using System.Text.Json.Serialization;

namespace Colloquy.Costs;

/// <summary>
/// Tokens of one or more model calls in disjoint counters: no token is in two of them. All input together is
/// <see cref="Prompt"/>. Values are never negative.
/// </summary>
[GenerateSerializer, Immutable, Alias("costs.tokens")]
public readonly record struct TokenUsage(
    [property: Id(0)] long Input,
    [property: Id(1)] long Output,
    [property: Id(2), JsonPropertyName("cache_write_5m")] long CacheWrite5m,
    [property: Id(3), JsonPropertyName("cache_write_1h")] long CacheWrite1h,
    [property: Id(4)] long CacheRead)
{
    public static readonly TokenUsage None;

    public long CacheWrite => CacheWrite5m + CacheWrite1h;

    /// <summary>Everything the model read: uncached input, cache writes and cache reads.</summary>
    public long Prompt => Input + CacheWrite + CacheRead;

    public long Total => Prompt + Output;

    public static TokenUsage operator +(TokenUsage a, TokenUsage b) => new(
        a.Input + b.Input, a.Output + b.Output, a.CacheWrite5m + b.CacheWrite5m,
        a.CacheWrite1h + b.CacheWrite1h, a.CacheRead + b.CacheRead);

    public static TokenUsage Add(TokenUsage left, TokenUsage right) => left + right;
}
