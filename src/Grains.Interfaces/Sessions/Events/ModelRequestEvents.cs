using Colloquy.Costs;

namespace Colloquy.Sessions;

public sealed record ModelRequestStart(string CallId, string? Model = null) : EventBody(EventTypes.ModelRequestStart);

/// <summary>One answered model call. Its four token counters are disjoint.</summary>
/// <param name="ModelRequestStartId">The id of the event that opened it.</param>
/// <param name="Model">The model that answered, which may differ from the one asked.</param>
/// <param name="Usd">What it cost; null if the price book does not know the model.</param>
/// <param name="Unpriced">True if the model has no price: the call is counted, not booked as free.</param>
/// <param name="Incomplete">True if the call was cut and the counts are what was seen until then.</param>
public sealed record ModelRequestEnd(
    EventId ModelRequestStartId,
    bool IsError,
    ModelUsage ModelUsage,
    string Model,
    string CallId,
    decimal? Usd = null,
    bool Unpriced = false,
    bool Incomplete = false) : EventBody(EventTypes.ModelRequestEnd);

/// <summary>Token counts in the shape of the Managed Agents API.</summary>
public sealed record ModelUsage(
    long InputTokens,
    long OutputTokens,
    long CacheCreationInputTokens,
    long CacheReadInputTokens,
    CacheCreation? CacheCreation = null)
{
    public static ModelUsage From(TokenUsage usage) => new(
        usage.Input, usage.Output, usage.CacheWrite, usage.CacheRead,
        new CacheCreation(usage.CacheWrite5m, usage.CacheWrite1h));

    /// <summary>Writes without a split count as 5-minute writes, as the CLI does.</summary>
    public TokenUsage ToTokenUsage() => new(
        InputTokens, OutputTokens,
        CacheCreation?.Ephemeral5mInputTokens ?? CacheCreationInputTokens,
        CacheCreation?.Ephemeral1hInputTokens ?? 0, CacheReadInputTokens);
}

/// <summary>Cache writes by how long they are kept.</summary>
public sealed record CacheCreation(
    [property: System.Text.Json.Serialization.JsonPropertyName("ephemeral_5m_input_tokens")] long Ephemeral5mInputTokens,
    [property: System.Text.Json.Serialization.JsonPropertyName("ephemeral_1h_input_tokens")] long Ephemeral1hInputTokens);
