using Colloquy.Costs;
using Colloquy.Errors;
using Colloquy.Sessions;

namespace Colloquy.Models;

/// <summary>A model call that the gateway is about to forward.</summary>
/// <param name="CallId">Unique per attempt: an agent's retry is a call of its own.</param>
/// <param name="Model">The model asked for.</param>
/// <param name="WorstCase">What it may come to: an estimate of the prompt, and all the output it may have.</param>
/// <param name="Attempt">0, or which retry this is by what the agent's client says.</param>
/// <param name="Notional">It is paid by a subscription: its list price is shown, and no bill will have it.</param>
[GenerateSerializer, Immutable, Alias("models.call-start")]
public sealed record ModelCallStart(
    [property: Id(0)] string CallId,
    [property: Id(1)] string Model,
    [property: Id(2)] TokenUsage WorstCase,
    [property: Id(3)] int Attempt,
    [property: Id(4)] bool Notional);

/// <summary>How a model call ended, by the provider's own answer.</summary>
/// <param name="Model">The model that answered; the one asked for if none did.</param>
/// <param name="Status">HTTP status of the provider's answer; null if there was none.</param>
/// <param name="DurationSeconds">From the request to the end of the answer.</param>
[GenerateSerializer, Immutable, Alias("models.call-end")]
public sealed record ModelCallEnd(
    [property: Id(0)] string CallId,
    [property: Id(1)] string Model,
    [property: Id(2)] TokenUsage Tokens,
    [property: Id(3)] int? Status,
    [property: Id(4)] double DurationSeconds)
{
    /// <summary>Seconds until the first content of the answer; null if there was none.</summary>
    [Id(5)]
    public double? TimeToFirstToken { get; init; }

    /// <summary>The provider's id of the message, by which the agent's output names the call.</summary>
    [Id(6)]
    public string? MessageId { get; init; }

    /// <summary>The provider's id of the request, for its support.</summary>
    [Id(7)]
    public string? RequestId { get; init; }

    [Id(8)]
    public string? StopReason { get; init; }

    /// <summary>The answer was cut: the counts are what was seen until then.</summary>
    [Id(9)]
    public bool Incomplete { get; init; }

    /// <summary>Why it failed; null if it did not.</summary>
    [Id(10)]
    public ModelCallError? Error { get; init; }

    [Id(11)]
    public long WebSearches { get; init; }

    [Id(12)]
    public long WebFetches { get; init; }

    /// <summary>What beside the tokens decides the price, as the provider reports it.</summary>
    [Id(13)]
    public ModelCallTerms Terms { get; init; } = ModelCallTerms.Standard;
}

/// <param name="Type">The provider's error type, for example <c>overloaded_error</c>; <c>stream_cut</c>,
/// <c>connection_failed</c>, <c>cancelled</c> or <c>not_forwarded</c> where it gave none.</param>
[GenerateSerializer, Immutable, Alias("models.call-error")]
public sealed record ModelCallError([property: Id(0)] string Type, [property: Id(1)] string Message);

/// <param name="ServiceTier"><c>usage.service_tier</c>; <c>batch</c> is half price.</param>
/// <param name="Speed"><c>usage.speed</c>; <c>fast</c> has its own prices.</param>
/// <param name="InferenceGeo"><c>usage.inference_geo</c>; <c>us</c> costs a tenth more.</param>
[GenerateSerializer, Immutable, Alias("models.call-terms")]
public sealed record ModelCallTerms(
    [property: Id(0)] string? ServiceTier, [property: Id(1)] string? Speed, [property: Id(2)] string? InferenceGeo)
{
    public static readonly ModelCallTerms Standard = new(null, null, null);
}

/// <summary>The turn of a model call does not run any more: nothing is forwarded for it.</summary>
[GenerateSerializer, Alias("models.turn-over")]
public sealed class TurnOverException(string turn)
    : ColloquyException("turn_over", $"Turn '{turn}' has ended, and with it its access to the model.");

/// <summary>A turn makes more model calls than any sensible agent does: nothing is forwarded for this one.</summary>
[GenerateSerializer, Alias("models.too-many-calls")]
public sealed class TooManyModelCallsException(string message, bool isFinal)
    : ColloquyException("too_many_model_calls", message)
{
    /// <summary>Trying again later is in vain.</summary>
    [Id(0)]
    public bool IsFinal { get; } = isFinal;

    public static TooManyModelCallsException AtOnce(TurnId turn, int most) => new(
        $"Turn '{turn}' has {most} model calls in flight, and no turn may have more at once. Try again when one of " +
        "them has ended.", isFinal: false);

    public static TooManyModelCallsException InTurn(TurnId turn, int most) => new(
        $"Turn '{turn}' has made {most} model calls, and no turn may make more. Go on in another turn.", isFinal: true);
}
