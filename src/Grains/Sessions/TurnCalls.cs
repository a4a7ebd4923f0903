using System.Text.Json.Serialization;
using Colloquy.Costs;
using Colloquy.Models;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>What a running turn remembers of its model calls through the gateway.</summary>
public sealed record TurnCalls
{
    /// <summary>How many ended calls are remembered, to know a repetition when it comes.</summary>
    private const int MostEnded = 32;

    private const int MostOpen = 64;
    private const int MostBegun = 10_000;

    public static readonly TurnCalls None = new();

    /// <summary>How many have begun. A turn of an older server counts from its restart.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Begun { get; init; }

    /// <summary>Calls whose end is not known, in the order they began.</summary>
    public IReadOnlyList<OpenCall> Open { get; init; } = [];

    /// <summary>The last calls that ended.</summary>
    public IReadOnlyList<EndedCall> Ended { get; init; } = [];

    /// <summary>Why the last call failed; null if it did not.</summary>
    public FailedCall? Failed { get; init; }

    public bool Knows(string callId) =>
        Find(callId) is not null || Ended.Any(call => call.CallId == callId);

    public OpenCall? Find(string callId) => Open.FirstOrDefault(call => call.CallId == callId);

    /// <exception cref="TooManyModelCallsException"/>
    public void CheckRoom(TurnId turn)
    {
        if (Begun >= MostBegun)
        {
            throw TooManyModelCallsException.InTurn(turn, MostBegun);
        }

        if (Open.Count >= MostOpen)
        {
            throw TooManyModelCallsException.AtOnce(turn, MostOpen);
        }
    }

    public TurnCalls Begin(OpenCall call) => this with { Open = [.. Open, call], Begun = Begun + 1 };

    public TurnCalls End(ModelCallEnd call) => this with
    {
        Open = [.. Open.Where(open => open.CallId != call.CallId)],
        Ended = [.. Ended.TakeLast(MostEnded - 1), new EndedCall(call.CallId, call.MessageId)],
        Failed = FailedCall.Of(call),
    };
}

/// <summary>A model call that was forwarded.</summary>
/// <param name="WorstCase">What is booked if nobody ever says how it ended.</param>
public sealed record OpenCall(string CallId, string Model, TokenUsage WorstCase, DateTimeOffset StartedAt)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Attempt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Notional { get; init; }
}

public sealed record EndedCall(string CallId, string? MessageId);

/// <param name="Status">HTTP status; null if the provider did not answer.</param>
public sealed record FailedCall(string Type, string Message, int? Status, string? RequestId)
{
    private const int MaxMessage = 500;

    /// <summary>Null if it succeeded. Nor is it a failure that the agent did not wait for the answer.</summary>
    public static FailedCall? Of(ModelCallEnd call) => call.Error is { Type: not "cancelled" } error
        ? new FailedCall(
            error.Type, error.Message.Length <= MaxMessage ? error.Message : error.Message[..MaxMessage] + " …",
            call.Status, call.RequestId)
        : null;
}

/// <summary>How much of the agent's own spans a running turn has kept.</summary>
/// <param name="Sent">Spans that came, kept or not.</param>
/// <param name="Bytes">Of those that are kept.</param>
/// <param name="Batches">What the last ones were, to know a repetition when it comes.</param>
public sealed record TurnSpans(int Sent, int Kept, int Bytes, IReadOnlyList<string> Batches)
{
    public static readonly TurnSpans None = new(0, 0, 0, []);
}
