using Colloquy.Agents;
using Colloquy.Costs;
using Colloquy.Errors;
using Colloquy.Grains.Agents;
using Colloquy.Models;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>The model calls of the running turn, as the gateway reports them.</summary>
/// <remarks>
/// Where the agent's output is what is booked, the gateway's calls are only counted, for the comparison at the end of
/// the turn: as events they would stand beside those of the output and cost twice.
/// </remarks>
public static partial class SessionMachine
{
    /// <summary>Notes that a call is about to be forwarded. One that is known already is not begun again.</summary>
    /// <exception cref="TurnOverException">The turn has ended, or is being stopped.</exception>
    /// <exception cref="TooManyModelCallsException">The turn may make no more calls, or not yet.</exception>
    public static void BeginCall(SessionChange change, TurnId turnId, ModelCallStart call)
    {
        var turn = Current(change, turnId) ?? throw new TurnOverException(turnId.Value);
        var calls = turn.Calls ?? TurnCalls.None;
        if (calls.Knows(call.CallId))
        {
            return;
        }

        if (turn.InterruptRequested || change.Now >= turn.Deadline)
        {
            throw new TurnOverException(turnId.Value);
        }

        calls.CheckRoom(turnId);
        call = call.Bounded();
        if (BooksGateway(turn))
        {
            var started = new ModelRequestStart(call.CallId, call.Model)
            {
                Attempt = call.Attempt,
                WorstCase = ModelUsage.From(call.WorstCase),
            };
            change.Emit(SourceKey.ModelCallStarted(turnId, call.CallId), started, turnId);
        }

        var open = new OpenCall(call.CallId, call.Model, call.WorstCase, change.Now)
        {
            Attempt = call.Attempt,
            Notional = call.Notional,
        };
        change.State = change.State with { Turn = turn with { Calls = calls.Begin(open) } };
    }

    /// <summary>Books how a call ended. One that is not open, or whose turn is over, has been booked.</summary>
    public static void EndCall(SessionChange change, TurnId turnId, ModelCallEnd call)
    {
        if (Current(change, turnId) is { } turn && turn.Calls?.Find(call.CallId) is { } open)
        {
            EndCall(change, open, call, estimated: false);
        }
    }

    /// <summary>
    /// Ends the calls of which the gateway says nothing any more. What the agent's output shows of messages that no
    /// ended call has is theirs, in the order they began; for the rest, the most that they may have used is booked.
    /// </summary>
    private static void CloseCalls(SessionChange change, RunningTurn turn, IReadOnlyList<ShownCall> shown)
    {
        if (turn.Calls is not { Open.Count: > 0 } calls)
        {
            return;
        }

        var known = calls.Ended.Select(ended => ended.MessageId).ToHashSet(StringComparer.Ordinal);
        var unclaimed = new Queue<ShownCall>(shown.Where(message => !known.Contains(message.MessageId)));
        foreach (var open in calls.Open)
        {
            var seen = unclaimed.TryDequeue(out var message);
            var end = new ModelCallEnd(
                open.CallId, seen ? message!.Model : open.Model, seen ? message!.Tokens : open.WorstCase, Status: null,
                (change.Now - open.StartedAt).TotalSeconds)
            {
                MessageId = message?.MessageId,
                Incomplete = true,
            };
            EndCall(change, open, end, estimated: !seen);
        }
    }

    private static void EndCall(SessionChange change, OpenCall open, ModelCallEnd call, bool estimated)
    {
        var turn = change.State.Turn!;
        call = call.Bounded();
        if (BooksGateway(turn))
        {
            BookCall(change, turn.Id, open, call, estimated);
        }

        change.State = change.State with
        {
            Turn = change.State.Turn! with
            {
                Calls = turn.Calls!.End(call),
                GatewayUsage = turn.GatewayUsage.PlusCall(call),
            },
        };
    }

    private static void BookCall(SessionChange change, TurnId turn, OpenCall open, ModelCallEnd call, bool estimated)
    {
        var price = change.Prices.Price(call.Model, call.Tokens, call.Terms, call.WebSearches);
        var started = EventId.From(change.State.Id, SourceKey.ModelCallStarted(turn, call.CallId));
        var searched = call.WebSearches > 0 || call.WebFetches > 0
            ? new ServerToolUse(call.WebSearches, call.WebFetches)
            : null;
        var ended = new ModelRequestEnd(
            started, call.Error is not null, ModelUsage.From(call.Tokens) with { ServerToolUse = searched }, call.Model,
            call.CallId, price.Usd, price.Unpriced, call.Incomplete)
        {
            Estimated = estimated,
            Notional = open.Notional,
            Attempt = open.Attempt,
            DurationSeconds = call.DurationSeconds,
            TimeToFirstTokenSeconds = call.TimeToFirstToken,
            HttpStatus = call.Status,
            RequestId = call.RequestId,
            MessageId = call.MessageId,
            StopReason = call.StopReason,
            ServiceTier = call.Terms.ServiceTier,
            Speed = call.Terms.Speed,
            InferenceGeo = call.Terms.InferenceGeo,
            Error = call.Error is { } error
                ? new ModelRequestError(ErrorCategory.ApiError, error.Type, error.Message)
                : null,
        };
        change.Emit(SourceKey.ModelCallEnded(turn, call.CallId), ended, turn);
        if (call.Tokens != TokenUsage.None || call.WebSearches > 0)
        {
            AddCost(change, change.Book(turn, call.Model, call.Tokens, null, price.NanoUsd));
        }
    }

    /// <summary>Says it if the gateway's counts of the turn and the agent's are both known and differ.</summary>
    /// <param name="output">Null if the output says nothing of the whole turn.</param>
    private static void CompareUsage(
        SessionChange change, RunningTurn turn, IReadOnlyDictionary<string, TokenUsage>? output)
    {
        if (output is null || turn is { GatewayUsage: null, UsageSource: not UsageSource.Gateway })
        {
            return;
        }

        var gateway = turn.GatewayUsage ?? NoUsage;
        var different = gateway.Keys.Union(output.Keys).Order(StringComparer.Ordinal)
            .Select(model => (
                Model: model, Gateway: gateway.GetValueOrDefault(model), Output: output.GetValueOrDefault(model)))
            .Where(pair => !IsSame(pair.Gateway, pair.Output))
            .Select(pair => new ModelUsageMismatch(
                pair.Model, ModelUsage.From(pair.Gateway), ModelUsage.From(pair.Output)))
            .ToList();
        if (different.Count > 0)
        {
            var booked = BooksGateway(turn) ? UsageSource.Gateway : UsageSource.Output;
            change.Emit(SourceKey.UsageCompared(turn.Id), new UsageMismatch(different, booked), turn.Id);
        }
    }

    /// <summary>Not every output splits cache writes by their lifetime.</summary>
    private static bool IsSame(TokenUsage a, TokenUsage b) =>
        (a.Input, a.Output, a.CacheWrite, a.CacheRead) == (b.Input, b.Output, b.CacheWrite, b.CacheRead);

    private static readonly IReadOnlyDictionary<string, TokenUsage> NoUsage = new Dictionary<string, TokenUsage>();

    private static bool BooksGateway(RunningTurn turn) => turn.UsageSource != UsageSource.Output;

    private static void AddCost(SessionChange change, CostTotals cost) =>
        change.State = change.State with { Turn = change.State.Turn! with { Cost = change.State.Turn!.Cost + cost } };
}
