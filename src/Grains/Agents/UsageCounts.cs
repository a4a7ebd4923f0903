using System.Text.Json;
using Colloquy.Costs;

namespace Colloquy.Grains.Agents;

/// <summary>Token counts as they are reported, where cache writes may or may not be split by lifetime.</summary>
public readonly record struct UsageCounts(
    long Input, long Output, long CacheRead, long CacheWrite, long CacheWrite5m, long CacheWrite1h)
{
    /// <summary>The API's own shape, as in <c>message_start</c> and <c>message_delta</c>.</summary>
    internal static UsageCounts FromApi(JsonElement? usage)
    {
        if (usage is not { } counts)
        {
            return default;
        }

        var split = counts.Object("cache_creation");
        return new UsageCounts(
            counts.Tokens("input_tokens"),
            counts.Tokens("output_tokens"),
            counts.Tokens("cache_read_input_tokens"),
            counts.Tokens("cache_creation_input_tokens"),
            split?.Tokens("ephemeral_5m_input_tokens") ?? 0,
            split?.Tokens("ephemeral_1h_input_tokens") ?? 0);
    }

    /// <summary>The shape of <c>modelUsage</c> in result lines.</summary>
    internal static UsageCounts FromResult(JsonElement counts) => new(
        counts.Tokens("inputTokens"),
        counts.Tokens("outputTokens"),
        counts.Tokens("cacheReadInputTokens"),
        counts.Tokens("cacheCreationInputTokens"),
        counts.Tokens("cacheCreationEphemeral5mInputTokens"),
        counts.Tokens("cacheCreationEphemeral1hInputTokens"));

    /// <summary>
    /// The larger value of each field: a call's counts only grow while it streams, and gateways leave zeros in some
    /// of its events.
    /// </summary>
    internal static UsageCounts Max(UsageCounts a, UsageCounts b) => new(
        Math.Max(a.Input, b.Input),
        Math.Max(a.Output, b.Output),
        Math.Max(a.CacheRead, b.CacheRead),
        Math.Max(a.CacheWrite, b.CacheWrite),
        Math.Max(a.CacheWrite5m, b.CacheWrite5m),
        Math.Max(a.CacheWrite1h, b.CacheWrite1h));

    internal static UsageCounts Sum(UsageCounts a, UsageCounts b) => new(
        a.Input + b.Input, a.Output + b.Output, a.CacheRead + b.CacheRead,
        a.CacheWrite + b.CacheWrite, a.CacheWrite5m + b.CacheWrite5m, a.CacheWrite1h + b.CacheWrite1h);

    /// <summary>A value is smaller than it was: the count began anew.</summary>
    internal bool IsBelow(UsageCounts before) =>
        Input < before.Input || Output < before.Output || CacheRead < before.CacheRead ||
        CacheWrite < before.CacheWrite || CacheWrite5m < before.CacheWrite5m || CacheWrite1h < before.CacheWrite1h;

    /// <summary>What came on top of <paramref name="before"/>.</summary>
    internal UsageCounts Minus(UsageCounts before) => new(
        Input - before.Input, Output - before.Output, CacheRead - before.CacheRead,
        CacheWrite - before.CacheWrite, CacheWrite5m - before.CacheWrite5m, CacheWrite1h - before.CacheWrite1h);

    /// <summary>Writes without a split are 5-minute writes, as the CLI takes them.</summary>
    internal TokenUsage ToTokens() =>
        new(Input, Output, Math.Max(CacheWrite5m, CacheWrite - CacheWrite1h), CacheWrite1h, CacheRead);

    /// <summary>What of <paramref name="truth"/> is not in <paramref name="booked"/>, never negative.</summary>
    internal static TokenUsage Missing(TokenUsage truth, TokenUsage booked)
    {
        // A call may have been booked without the split that the truth has. Then its writes stand under 5 minutes,
        // and taking the difference of each lifetime by itself would book the 1-hour part a second time.
        var write = AtLeastZero(truth.CacheWrite - booked.CacheWrite);
        var write1h = Math.Min(write, AtLeastZero(truth.CacheWrite1h - booked.CacheWrite1h));
        return new TokenUsage(
            AtLeastZero(truth.Input - booked.Input),
            AtLeastZero(truth.Output - booked.Output),
            write - write1h,
            write1h,
            AtLeastZero(truth.CacheRead - booked.CacheRead));
    }

    private static long AtLeastZero(long value) => Math.Max(0, value);
}
