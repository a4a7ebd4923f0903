using Colloquy.Costs;

namespace Colloquy.Grains.Costs;

/// <summary>USD per million tokens of each counter; null where the price is not known.</summary>
internal sealed record TokenPrices(
    decimal? Input, decimal? Output, decimal? CacheWrite5m, decimal? CacheWrite1h, decimal? CacheRead)
{
    private const decimal NanoUsdPerMillionth = 1_000m;

    /// <returns>Not rounded; null if a counter that has no price was used.</returns>
    public decimal? NanoUsd(TokenUsage tokens) =>
        NanoUsd(tokens.Input, Input) +
        NanoUsd(tokens.Output, Output) +
        NanoUsd(tokens.CacheWrite5m, CacheWrite5m) +
        NanoUsd(tokens.CacheWrite1h, CacheWrite1h) +
        NanoUsd(tokens.CacheRead, CacheRead);

    private static decimal? NanoUsd(long tokens, decimal? price) =>
        tokens == 0 ? 0 : tokens * price * NanoUsdPerMillionth;
}

/// <param name="LongPrompt">The prices of the whole call if its prompt is longer than a limit.</param>
/// <param name="Fast">The prices of its fast mode; null if they are not known.</param>
/// <param name="Demo">Made up, and to be labelled so wherever they are shown.</param>
internal sealed record ModelPrices(TokenPrices Normal, LongPromptPrices? LongPrompt, TokenPrices? Fast, bool Demo)
{
    /// <param name="speed"><c>usage.speed</c> of the answer; null for the usual one.</param>
    /// <returns>Null if the speed has no price.</returns>
    public TokenPrices? For(TokenUsage tokens, string? speed) => speed switch
    {
        null or "" or "standard" =>
            LongPrompt is not null && PromptTokens(tokens) > LongPrompt.AbovePromptTokens ? LongPrompt.Prices : Normal,
        "fast" => Fast,
        _ => null,
    };

    // The sum of three counters that came from outside may exceed a long.
    private static decimal PromptTokens(TokenUsage tokens) =>
        (decimal)tokens.Input + tokens.CacheWrite5m + tokens.CacheWrite1h + tokens.CacheRead;
}

internal sealed record LongPromptPrices(long AbovePromptTokens, TokenPrices Prices);

/// <summary>USD per second of allocated resources.</summary>
internal sealed record SandboxPrices(decimal VCpuSecond, decimal GibSecond, bool Demo);
