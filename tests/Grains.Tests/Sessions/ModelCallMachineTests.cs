using Colloquy.Agents;
using Colloquy.Costs;
using Colloquy.Errors;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Costs;
using Colloquy.Grains.Sessions;
using Colloquy.Models;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Sessions;

/// <summary>What a session makes of the model calls that the gateway reports.</summary>
public sealed class ModelCallMachineTests
{
    private const string Model = "claude-opus-5-5";
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);
    private static readonly TokenUsage Worst = new(1000, 4000, 0, 0, 0);
    private static readonly TokenUsage Used = new(100, 20, 30, 40, 50);

    [Fact]
    public void Call_is_booked_with_everything_that_its_end_tells()
    {
        var change = Launched();
        SessionMachine.BeginCall(change, Turn(change), new ModelCallStart("call_1", Model, Worst, 2, Notional: true));

        SessionMachine.EndCall(change, Turn(change), Ended("call_1") with
        {
            Model = "claude-opus-5",
            TimeToFirstToken = 0.25,
            MessageId = "msg_1",
            RequestId = "req_1",
            StopReason = "end_turn",
            WebSearches = 3,
            WebFetches = 1,
            Terms = new ModelCallTerms("standard", "standard", "us"),
        });

        var start = Single<ModelRequestStart>(change);
        var end = Single<ModelRequestEnd>(change);
        // (100*5 + 20*25 + 30*6.25 + 40*10 + 50*0.5) * 1.1 per million, and 3 searches at a cent.
        Assert.Equal(0.00177375m + 0.03m, end.Usd);
        Assert.Equal(change.Ledger[^1].NanoUsd, change.State.Turn!.Cost.ModelNanoUsd);
        Assert.Equal((Model, 2, ModelUsage.From(Worst)), (start.Model, start.Attempt, start.WorstCase));
        Assert.Equal(change.Events.Single(e => e.Type == EventTypes.ModelRequestStart).Id, end.ModelRequestStartId);
        Assert.Equal(
            ("claude-opus-5", 0.25, "msg_1", "req_1", "end_turn", 200, 1.5, "us", 2, true),
            (end.Model, end.TimeToFirstTokenSeconds, end.MessageId, end.RequestId, end.StopReason, end.HttpStatus,
                end.DurationSeconds, end.InferenceGeo, end.Attempt, end.Notional));
        Assert.Equal(new ServerToolUse(3, 1), end.ModelUsage.ServerToolUse);
        Assert.Equal((false, false, false, false), (end.IsError, end.Incomplete, end.Estimated, end.Unpriced));
        Assert.Empty(change.State.Turn.Calls!.Open);
    }

    [Fact]
    public void Repeated_begin_and_end_change_nothing_also_after_the_end()
    {
        var change = Launched();
        Begin(change, "call_1");
        Begin(change, "call_1");
        SessionMachine.EndCall(change, Turn(change), Ended("call_1"));
        var (events, state) = (change.Events.Count, change.State);

        Begin(change, "call_1");
        SessionMachine.EndCall(change, Turn(change), Ended("call_1"));
        SessionMachine.EndCall(change, Turn(change), Ended("unknown"));

        Assert.Equal(events, change.Events.Count);
        Assert.Same(state, change.State);
    }

    [Fact]
    public void Turn_that_is_over_or_being_stopped_starts_no_calls()
    {
        var change = Launched();
        var turn = Turn(change);
        Begin(change, "before");

        SessionMachine.Submit(change, [new UserInterruptRequest()], "stop", null);
        Begin(change, "before");
        Assert.Throws<TurnOverException>(() => Begin(change, "after"));

        SessionMachine.FinishTurn(change, turn, new TurnEnd(TurnOutcome.Interrupted));
        Assert.Throws<TurnOverException>(() => SessionMachine.BeginCall(change, turn, Started("late")));
        var state = change.State;
        SessionMachine.EndCall(change, turn, Ended("before"));
        Assert.Same(state, change.State);
    }

    [Fact]
    public void Turn_beyond_its_deadline_starts_no_calls()
    {
        var change = Launched();
        var late = new SessionChange(change.State, change.State.Turn!.Deadline, PriceBook.BuiltIn);

        Assert.Throws<TurnOverException>(() => Begin(late, "late"));
    }

    [Fact]
    public void Open_calls_end_with_the_turn_by_what_the_output_shows_and_the_rest_at_its_worst()
    {
        var change = Launched();
        Begin(change, "ended");
        Begin(change, "shown");
        Begin(change, "never heard of");
        SessionMachine.EndCall(change, Turn(change), Ended("ended") with { MessageId = "msg_1" });

        SessionMachine.FinishTurn(change, Turn(change), new TurnEnd(TurnOutcome.Completed)
        {
            Shown = [new ShownCall("msg_1", Model, Used), new ShownCall("msg_2", "claude-opus-5", new(7, 3, 0, 0, 0))],
        });

        var ends = Bodies<ModelRequestEnd>(change).ToDictionary(end => end.CallId);
        Assert.Equal(("msg_2", "claude-opus-5", 7L), (ends["shown"].MessageId, ends["shown"].Model, ends["shown"].ModelUsage.InputTokens));
        Assert.Equal((true, false), (ends["shown"].Incomplete, ends["shown"].Estimated));
        Assert.Equal(ModelUsage.From(Worst), ends["never heard of"].ModelUsage);
        Assert.Equal((true, true), (ends["never heard of"].Incomplete, ends["never heard of"].Estimated));
        Assert.Equal(3, Single<StatusIdle>(change).Cost.ModelCalls);
        Assert.Equal(EventTypes.StatusIdle, change.Events[^1].Type);
    }

    [Fact]
    public void Whatever_is_claimed_sums_stay_numbers()
    {
        var change = Launched();
        TokenUsage absurd = new(long.MaxValue, long.MaxValue, -5, long.MaxValue, long.MaxValue);
        for (var call = 0; call < 10; call++)
        {
            SessionMachine.BeginCall(
                change, Turn(change), new ModelCallStart($"call_{call}", Model, absurd, int.MaxValue, false));
            SessionMachine.EndCall(change, Turn(change), Ended($"call_{call}") with
            {
                Tokens = absurd,
                WebSearches = long.MaxValue,
                DurationSeconds = double.NaN,
            });
        }

        Begin(change, "open");
        SessionMachine.FinishTurn(change, Turn(change), new TurnEnd(TurnOutcome.Completed)
        {
            Shown = [new ShownCall("msg_1", Model, absurd)],
        });

        var totals = change.State.Totals;
        Assert.Equal((11_000_000_000, 0), (totals.Tokens.Output, totals.Tokens.CacheWrite5m));
        Assert.InRange(totals.ModelNanoUsd, 1, long.MaxValue / 100);
        Assert.Equal(change.Ledger.Sum(entry => entry.NanoUsd!.Value), totals.ModelNanoUsd);
    }

    [Fact]
    public void Row_of_a_turn_does_not_grow_with_the_names_of_models_and_the_calls_that_fail()
    {
        var change = Launched();
        for (var call = 0; call < 300; call++)
        {
            var model = call.ToString(System.Globalization.CultureInfo.InvariantCulture) + new string('m', 10_000);
            SessionMachine.BeginCall(
                change, Turn(change), new ModelCallStart($"call_{call}", model, Worst, 0, false));
            SessionMachine.EndCall(change, Turn(change), Ended($"call_{call}", call < 100 ? 200 : 404) with
            {
                Model = model,
                Tokens = call < 100 ? Used : TokenUsage.None,
            });
        }

        var usage = change.State.Turn!.GatewayUsage!;
        Assert.Equal(65, usage.Count);
        Assert.Equal(36 * Used.Input, usage["other"].Input);
        Assert.InRange(SessionStateJson.ToRow(change.State, "silo").State.Length, 1, 32 * 1024);
        Assert.Equal((300, 100), (Bodies<ModelRequestEnd>(change).Count(), change.Ledger.Count));
    }

    [Fact]
    public void Turn_has_so_many_calls_at_once_and_in_all()
    {
        var change = Launched();
        for (var call = 0; call < 64; call++)
        {
            Begin(change, $"call_{call}");
        }

        Assert.False(Assert.Throws<TooManyModelCallsException>(() => Begin(change, "one more")).IsFinal);
        Begin(change, "call_0");
        SessionMachine.EndCall(change, Turn(change), Ended("call_0"));
        Begin(change, "one more");

        SessionMachine.EndCall(change, Turn(change), Ended("one more"));
        var turn = change.State.Turn!;
        change.State = change.State with { Turn = turn with { Calls = turn.Calls! with { Begun = 9_999 } } };
        Begin(change, "last");
        Assert.True(Assert.Throws<TooManyModelCallsException>(() => Begin(change, "beyond")).IsFinal);
    }

    [Fact]
    public void End_of_the_session_books_calls_in_flight()
    {
        var change = Launched();
        Begin(change, "call_1");

        SessionMachine.End(change);

        Assert.True(Single<ModelRequestEnd>(change).Estimated);
        Assert.Equal(Worst, change.State.Totals.Tokens);
    }

    [Fact]
    public void Calls_are_only_counted_where_the_output_is_booked()
    {
        var change = Launched(UsageSource.Output);
        Begin(change, "call_1");
        SessionMachine.EndCall(change, Turn(change), Ended("call_1"));

        Assert.Empty(Bodies<ModelRequestStart>(change));
        Assert.Empty(Bodies<ModelRequestEnd>(change));
        Assert.Empty(change.Ledger);
        Assert.Equal(Used, change.State.Turn!.GatewayUsage![Model]);
    }

    [Theory]
    [InlineData(UsageSource.Gateway)]
    [InlineData(UsageSource.Output)]
    public void Different_figures_of_gateway_and_output_are_an_event(string source)
    {
        var change = Launched(source);
        Begin(change, "call_1");
        SessionMachine.EndCall(change, Turn(change), Ended("call_1") with { Model = "claude-haiku-4-5-20251001" });

        Finish(change, new() { ["claude-haiku-4-5"] = Used with { Output = 99 }, ["claude-opus-5"] = new(1, 1, 0, 0, 0) });

        var mismatch = Single<UsageMismatch>(change);
        Assert.Equal(source, mismatch.Booked);
        Assert.Equal(["claude-haiku-4-5", "claude-opus-5"], mismatch.Models.Select(model => model.Model));
        Assert.Equal((20L, 99L), (mismatch.Models[0].Gateway.OutputTokens, mismatch.Models[0].Output.OutputTokens));
        Assert.Equal((0L, 1L), (mismatch.Models[1].Gateway.OutputTokens, mismatch.Models[1].Output.OutputTokens));
    }

    [Fact]
    public void Same_figures_with_cache_writes_split_in_one_place_only_are_no_difference()
    {
        var change = Launched();
        Begin(change, "call_1");
        SessionMachine.EndCall(change, Turn(change), Ended("call_1"));

        Finish(change, new() { [Model] = Used with { CacheWrite5m = 70, CacheWrite1h = 0 } });

        Assert.Empty(Bodies<UsageMismatch>(change));
    }

    [Theory]
    [InlineData(UsageSource.Gateway, false)]
    [InlineData(UsageSource.Output, true)]
    public void Where_one_side_says_nothing_there_is_nothing_to_compare(string source, bool outputSpeaks)
    {
        var change = Launched(source);
        if (!outputSpeaks)
        {
            Begin(change, "call_1");
            SessionMachine.EndCall(change, Turn(change), Ended("call_1"));
        }

        Finish(change, outputSpeaks ? new() { [Model] = Used } : null);

        Assert.Empty(Bodies<UsageMismatch>(change));
    }

    [Fact]
    public void Last_failed_call_is_remembered_until_one_succeeds()
    {
        var change = Launched();
        Begin(change, "call_1");
        Begin(change, "call_2");
        SessionMachine.EndCall(change, Turn(change), Ended("call_1", 529) with
        {
            RequestId = "req_1",
            Error = new ModelCallError("overloaded_error", new string('x', 10_000)),
        });

        var failed = change.State.Turn!.Calls!.Failed!;
        Assert.Equal(("overloaded_error", 529, "req_1"), (failed.Type, failed.Status, failed.RequestId));
        Assert.True(failed.Message.Length < 1000);
        var end = Single<ModelRequestEnd>(change);
        Assert.True(end.IsError);
        Assert.Equal((ErrorCategory.ApiError, "overloaded_error"), (end.Error!.Category, end.Error.Type));

        SessionMachine.EndCall(change, Turn(change), Ended("call_2"));
        Assert.Null(change.State.Turn.Calls.Failed);
    }

    private static SessionChange Launched(string source = UsageSource.Gateway)
    {
        var state = SessionMachine.Create(
            new SessionId("sesn_test"), new CreateSession(), new AgentSummary("agent", 1, "Agent", Model), "hash", Start);
        var change = new SessionChange(state, Start, PriceBook.BuiltIn);
        SessionMachine.Submit(change, [new UserMessageRequest(["go"])], "key", null);
        SessionMachine.Launch(change, Turn(change), Start, source);
        return change;
    }

    private static void Finish(SessionChange change, Dictionary<string, TokenUsage>? output) => SessionMachine.FinishTurn(
        change, Turn(change), new TurnEnd(TurnOutcome.Completed) { OutputUsage = output });

    private static TurnId Turn(SessionChange change) => change.State.Turn!.Id;

    private static void Begin(SessionChange change, string id) => SessionMachine.BeginCall(change, Turn(change), Started(id));

    private static ModelCallStart Started(string id) => new(id, Model, Worst, 0, false);

    private static ModelCallEnd Ended(string id, int status = 200) => new(id, Model, Used, status, 1.5);

    private static IEnumerable<T> Bodies<T>(SessionChange change) where T : EventBody =>
        change.Events.Select(EventJson.Read).OfType<T>();

    private static T Single<T>(SessionChange change) where T : EventBody => Assert.Single(Bodies<T>(change));
}
