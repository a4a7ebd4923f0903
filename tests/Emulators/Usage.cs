using System.Text.Json.Nodes;

namespace Colloquy.Emulators;

/// <summary>What an answer is billed for, as the Messages API counts it.</summary>
/// <param name="Input">Neither read from nor written to the cache.</param>
public sealed record Usage(
    long Input, long Output, long CacheWrite5m = 0, long CacheWrite1h = 0, long CacheRead = 0, long WebSearches = 0)
{
    public static readonly Usage None = new(0, 0);

    public static Usage operator +(Usage left, Usage right) => Add(left, right);

    public static Usage Add(Usage left, Usage right) => new(
        left.Input + right.Input,
        left.Output + right.Output,
        left.CacheWrite5m + right.CacheWrite5m,
        left.CacheWrite1h + right.CacheWrite1h,
        left.CacheRead + right.CacheRead,
        left.WebSearches + right.WebSearches);

    /// <summary>
    /// What a request comes to unless its reply says otherwise: the same for the same sizes, with every class of
    /// tokens in it once there is something to read from the cache.
    /// </summary>
    internal static Usage Estimate(MessagesRequest request, Reply reply)
    {
        var prefix = Tokens(request.Body["system"]) + Tokens(request.Body["tools"]);
        var newest = Tokens(request.Messages.LastOrDefault(message => MessagesRequest.Role(message) == "user"));
        var older = Math.Max(0, Tokens(request.Body["messages"]) - newest);
        var goesOn = request.Messages.Any(message => MessagesRequest.Role(message) == "assistant");
        var written = goesOn ? older : prefix;
        return new Usage(
            Input: newest + 1,
            // More than message_start ever says, else it would not show who takes that for the truth.
            Output: reply.Blocks.Sum(block => block.Size / 4) + 5,
            CacheWrite5m: written / 2,
            CacheWrite1h: written - (written / 2),
            CacheRead: goesOn ? prefix : 0);
    }

    internal static long Tokens(JsonNode? node) => node is null ? 0 : (node.ToJsonString().Length / 4) + 1;

    internal JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["input_tokens"] = Input,
            ["cache_creation_input_tokens"] = CacheWrite5m + CacheWrite1h,
            ["cache_read_input_tokens"] = CacheRead,
            ["output_tokens"] = Output,
        };
        if (WebSearches > 0)
        {
            json["server_tool_use"] = new JsonObject { ["web_search_requests"] = WebSearches, ["web_fetch_requests"] = 0 };
        }

        return json;
    }

    /// <summary>As a message itself has it; the delta at its end says less.</summary>
    internal JsonObject ToMessageJson()
    {
        var json = ToJson();
        json["cache_creation"] = new JsonObject
        {
            ["ephemeral_5m_input_tokens"] = CacheWrite5m,
            ["ephemeral_1h_input_tokens"] = CacheWrite1h,
        };
        json["server_tool_use"] ??= null;
        json["service_tier"] = "standard";
        json["inference_geo"] = "global";
        return json;
    }
}
