using System.Text.Json.Nodes;
using Colloquy.Costs;
using Colloquy.Emulators;
using Colloquy.Grains.Costs;
using Xunit;
using static Colloquy.EndToEnd.ApiClient;

namespace Colloquy.EndToEnd;

/// <summary>
/// What the provider has billed for a session, and that everything Colloquy says of the session is that: to the token,
/// and to the nano-dollar by the built-in price book.
/// </summary>
/// <param name="calls">All model calls of the session, as the provider saw them.</param>
internal sealed class Bill(IEnumerable<RecordedCall> calls)
{
    private const decimal NanoUsd = 1_000_000_000m;
    private const long NanoUsdPerSearch = 10_000_000;

    private readonly List<RecordedCall> _billed = [.. calls.Where(call => call.Usage != Usage.None)];

    private Usage Tokens => _billed.Aggregate(Usage.None, (sum, call) => sum + call.Usage);

    private long Nano => _billed.Sum(Price);

    /// <param name="dataFolder">Where the server keeps its traces.</param>
    public async Task AssertBookedAsync(ApiClient api, string session, string dataFolder)
    {
        var events = await EventsAsync(api, session);
        var turns = events.Where(stored => Type(stored) == "session.status_idle").ToList();
        AssertCalls(events);
        AssertTotals("turns", turns.Select(turn => turn["cost"]!));
        var resource = await api.GetAsync($"/v1/sessions/{session}");
        AssertTotals("session", [resource["cost"]!]);
        Assert.Equal(Counts(Tokens), ResourceCounts(resource["usage"]!));
        var ledger = (await api.GetAsync("/v1/costs?by=session"))["rows"]!.AsArray();
        AssertTotals("ledger", ledger.Where(row => (string?)row!["key"] == session).Select(row => row!));
        await AssertTracesAsync(turns, dataFolder);
    }

    public static async Task<List<JsonNode>> EventsAsync(ApiClient api, string session)
    {
        var page = await api.GetAsync($"/v1/sessions/{session}/events?limit=1000");
        return [.. page["data"]!.AsArray().Select(stored => stored!)];
    }

    /// <summary>Each call that was billed has one end with the same counts; other ends count nothing.</summary>
    private void AssertCalls(List<JsonNode> events)
    {
        var ends = events.Where(stored => Type(stored) == "span.model_request_end").ToList();
        Assert.Equal(
            _billed.Select(call => call.Usage.ToString()).Order(),
            ends.Select(UsageOf).Where(usage => usage != Usage.None).Select(usage => usage.ToString()).Order());
        Assert.Equal(events.Count(stored => Type(stored) == "span.model_request_start"), ends.Count);
        Assert.All(ends, end => Assert.False((bool?)end["unpriced"] ?? false));
    }

    private void AssertTotals(string where, IEnumerable<JsonNode> totals)
    {
        var (tokens, nano) = (Usage.None, 0L);
        foreach (var total in totals)
        {
            var counted = total["tokens"]!;
            tokens += new Usage(
                (long)counted["input"]!, (long)counted["output"]!, (long)counted["cache_write_5m"]!,
                (long)counted["cache_write_1h"]!, (long)counted["cache_read"]!);
            nano += (long)total["model_nano_usd"]!;
        }

        Assert.Equal((where, Counts(Tokens), Nano), (where, tokens, nano));
    }

    private async Task AssertTracesAsync(IEnumerable<JsonNode> turns, string dataFolder)
    {
        var sums = new Dictionary<string, decimal>();
        foreach (var turn in turns.Select(turn => (string)turn["turn_id"]!))
        {
            foreach (var span in await SpansAsync(dataFolder, turn))
            {
                foreach (var (name, value) in span["metrics"]!.AsObject())
                {
                    sums[name] = sums.GetValueOrDefault(name) + (decimal)(double)value!;
                }
            }
        }

        var truth = Tokens;
        var written = truth.CacheWrite5m + truth.CacheWrite1h;
        Assert.Equal(truth.Input + truth.CacheRead + written, sums.GetValueOrDefault("prompt_tokens"));
        Assert.Equal(truth.Output, sums.GetValueOrDefault("completion_tokens"));
        Assert.Equal(truth.CacheRead, sums.GetValueOrDefault("prompt_cached_tokens"));
        Assert.Equal(written, sums.GetValueOrDefault("prompt_cache_creation_tokens"));
        Assert.Equal(Nano / NanoUsd, sums.GetValueOrDefault("estimated_cost"), precision: 9);
    }

    /// <summary>The spans of a turn, as the server has written them to its own trace file.</summary>
    public static async Task<List<JsonNode>> SpansAsync(string dataFolder, string turn)
    {
        string? file = null;
        await Eventually.TrueAsync(() => (file = Directory
            .EnumerateFiles(Path.Combine(dataFolder, "traces"), $"{turn}.jsonl", SearchOption.AllDirectories)
            .FirstOrDefault()) is not null);
        return [.. (await File.ReadAllLinesAsync(file!)).Select(line => JsonNode.Parse(line)!)];
    }

    private static Usage UsageOf(JsonNode end)
    {
        var usage = end["model_usage"]!;
        return new Usage(
            (long)usage["input_tokens"]!, (long)usage["output_tokens"]!,
            (long)usage["cache_creation"]!["ephemeral_5m_input_tokens"]!,
            (long)usage["cache_creation"]!["ephemeral_1h_input_tokens"]!, (long)usage["cache_read_input_tokens"]!,
            (long?)usage["server_tool_use"]?["web_search_requests"] ?? 0);
    }

    private static Usage ResourceCounts(JsonNode usage) => new(
        (long)usage["input_tokens"]!, (long)usage["output_tokens"]!,
        (long)usage["cache_creation"]!["ephemeral_5m_input_tokens"]!,
        (long)usage["cache_creation"]!["ephemeral_1h_input_tokens"]!, (long)usage["cache_read_input_tokens"]!);

    // Searches are in the price, and no total counts them.
    private static Usage Counts(Usage usage) => usage with { WebSearches = 0 };

    private static long Price(RecordedCall call)
    {
        var usage = call.Usage;
        var tokens = new TokenUsage(
            usage.Input, usage.Output, usage.CacheWrite5m, usage.CacheWrite1h, usage.CacheRead);
        return (usage.WebSearches * NanoUsdPerSearch) + PriceBook.BuiltIn.Price(call.Model!, tokens).NanoUsd!.Value;
    }
}
