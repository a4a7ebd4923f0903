using System.Text.Json.Serialization;
using Colloquy.Costs;

namespace Colloquy.Sessions;

/// <summary>A model call is about to be made.</summary>
/// <param name="Model">The model asked for.</param>
public sealed record ModelRequestStart(string CallId, string? Model = null) : EventBody(EventTypes.ModelRequestStart)
{
    /// <summary>0, or which retry this is by what the agent's client says.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Attempt { get; init; }

    /// <summary>What it may come to; null if nobody asked before.</summary>
    public ModelUsage? WorstCase { get; init; }
}

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
    bool Incomplete = false) : EventBody(EventTypes.ModelRequestEnd)
{
    /// <summary>Nobody saw how it ended: the counts are the most that it may have used.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Estimated { get; init; }

    /// <summary>A subscription pays for it: <see cref="Usd"/> is its list price, and no bill will have it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Notional { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Attempt { get; init; }

    /// <summary>From the request to the end of the answer.</summary>
    public double? DurationSeconds { get; init; }

    public double? TimeToFirstTokenSeconds { get; init; }

    public int? HttpStatus { get; init; }

    /// <summary>The provider's id of the request, for its support.</summary>
    public string? RequestId { get; init; }

    /// <summary>The provider's id of the message: what <see cref="AgentMessage.MessageId"/> names.</summary>
    public string? MessageId { get; init; }

    public string? StopReason { get; init; }

    public string? ServiceTier { get; init; }

    public string? Speed { get; init; }

    public string? InferenceGeo { get; init; }

    public ModelRequestError? Error { get; init; }
}

/// <summary>Why a model call failed.</summary>
/// <param name="Category">One of <see cref="Errors.ErrorCategory"/>.</param>
/// <param name="Type">The provider's error type, for example <c>overloaded_error</c>.</param>
public sealed record ModelRequestError(string Category, string Type, string Message);

/// <summary>What the gateway counted and what the agent says of the same turn are not the same.</summary>
/// <param name="Models">The models whose counts differ.</param>
/// <param name="Booked">Which of the two was booked: one of <see cref="Agents.UsageSource"/>.</param>
public sealed record UsageMismatch(IReadOnlyList<ModelUsageMismatch> Models, string Booked) : EventBody(EventTypes.UsageMismatch);

/// <param name="Model">Without date and suffix: the two sources name the same model differently.</param>
public sealed record ModelUsageMismatch(string Model, ModelUsage Gateway, ModelUsage Output);

/// <summary>Token counts in the shape of the Managed Agents API.</summary>
public sealed record ModelUsage(
    long InputTokens,
    long OutputTokens,
    long CacheCreationInputTokens,
    long CacheReadInputTokens,
    CacheCreation? CacheCreation = null,
    ServerToolUse? ServerToolUse = null)
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

/// <summary>What the provider itself did for a call; it charges for searches.</summary>
public sealed record ServerToolUse(long WebSearchRequests, long WebFetchRequests);

/// <summary>Cache writes by how long they are kept.</summary>
public sealed record CacheCreation(
    [property: JsonPropertyName("ephemeral_5m_input_tokens")] long Ephemeral5mInputTokens,
    [property: JsonPropertyName("ephemeral_1h_input_tokens")] long Ephemeral1hInputTokens);
