using System.Text.Json;
using Colloquy.Costs;
using Colloquy.Models;
using static Colloquy.Web.ModelGateway.AnswerReader;

namespace Colloquy.Web.ModelGateway;

/// <summary>The largest of each count in the <c>usage</c> objects of one answer.</summary>
internal sealed class AnswerUsage
{
    /// <summary>Far more than any call has; so a provider that sends nonsense cannot overflow the sums.</summary>
    private const long MostCount = 1_000_000_000_000;

    private TokenUsage _message;
    private TokenUsage _compactions;
    private long _cacheWrites;

    public long WebSearches { get; private set; }

    public long WebFetches { get; private set; }

    public ModelCallTerms Terms { get; private set; } = ModelCallTerms.Standard;

    /// <summary>Cache writes whose time to live the provider does not say are those of its default, 5 minutes.</summary>
    public TokenUsage Tokens => _message with
    {
        CacheWrite5m = _message.CacheWrite5m + Math.Max(0, _cacheWrites - _message.CacheWrite),
    } + _compactions;

    public void Read(JsonElement usage)
    {
        if (usage.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        var (tokens, writes) = ReadTokens(usage);
        _message = Max(_message, tokens);
        _cacheWrites = Math.Max(_cacheWrites, writes);
        _compactions = Max(_compactions, ReadCompactions(usage));
        var tools = Member(usage, "server_tool_use");
        WebSearches = Math.Max(WebSearches, Count(tools, "web_search_requests"));
        WebFetches = Math.Max(WebFetches, Count(tools, "web_fetch_requests"));
        Terms = new ModelCallTerms(
            Text(usage, "service_tier") ?? Terms.ServiceTier,
            Text(usage, "speed") ?? Terms.Speed,
            Text(usage, "inference_geo") ?? Terms.InferenceGeo);
    }

    /// <summary>The provider compacts long conversations by calls of its own, which the message's counts leave out.</summary>
    private static TokenUsage ReadCompactions(JsonElement usage)
    {
        var sum = TokenUsage.None;
        if (Member(usage, "iterations") is { ValueKind: JsonValueKind.Array } iterations)
        {
            foreach (var iteration in iterations.EnumerateArray().Where(one => Text(one, "type") == "compaction"))
            {
                var (tokens, writes) = ReadTokens(iteration);
                sum += tokens with { CacheWrite5m = tokens.CacheWrite5m + Math.Max(0, writes - tokens.CacheWrite) };
            }
        }

        return Min(sum, new TokenUsage(MostCount, MostCount, MostCount, MostCount, MostCount));
    }

    private static (TokenUsage Tokens, long CacheWrites) ReadTokens(JsonElement usage)
    {
        var split = Member(usage, "cache_creation");
        var tokens = new TokenUsage(
            Count(usage, "input_tokens"),
            Count(usage, "output_tokens"),
            Count(split, "ephemeral_5m_input_tokens"),
            Count(split, "ephemeral_1h_input_tokens"),
            Count(usage, "cache_read_input_tokens"));
        return (tokens, Count(usage, "cache_creation_input_tokens"));
    }

    private static TokenUsage Max(TokenUsage a, TokenUsage b) => new(
        Math.Max(a.Input, b.Input), Math.Max(a.Output, b.Output), Math.Max(a.CacheWrite5m, b.CacheWrite5m),
        Math.Max(a.CacheWrite1h, b.CacheWrite1h), Math.Max(a.CacheRead, b.CacheRead));

    private static TokenUsage Min(TokenUsage a, TokenUsage b) => new(
        Math.Min(a.Input, b.Input), Math.Min(a.Output, b.Output), Math.Min(a.CacheWrite5m, b.CacheWrite5m),
        Math.Min(a.CacheWrite1h, b.CacheWrite1h), Math.Min(a.CacheRead, b.CacheRead));

    private static long Count(JsonElement parent, string name) =>
        Member(parent, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var count)
            ? Math.Clamp(count, 0, MostCount)
            : 0;
}
