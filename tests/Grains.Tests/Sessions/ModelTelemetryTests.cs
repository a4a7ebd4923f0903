using System.Diagnostics.Metrics;
using Colloquy.Agents;
using Colloquy.Costs;
using Colloquy.Grains.Costs;
using Colloquy.Grains.Sessions;
using Colloquy.Models;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Sessions;

public sealed class ModelTelemetryTests
{
    [Fact]
    public void Call_is_measured_when_its_end_is_stored_with_bounded_labels()
    {
        var measured = Measure(change =>
        {
            End(change, "claude-opus-5-5", null);
            End(change, "whatever an agent asks for", new ModelCallError("overloaded_error", "no"));
        });

        Assert.Equal(
            [
                "gen_ai.client.token.usage 220 claude-opus-5-5 input", "gen_ai.client.token.usage 20 claude-opus-5-5 output",
                "gen_ai.client.operation.duration 1.5 claude-opus-5-5", "gen_ai.client.operation.time_to_first_chunk 0.25 claude-opus-5-5",
                "gen_ai.client.token.usage 220 other input", "gen_ai.client.token.usage 20 other output",
                "gen_ai.client.operation.duration 1.5 other 529", "gen_ai.client.operation.time_to_first_chunk 0.25 other 529",
            ],
            measured);
    }

    [Fact]
    public void Mismatch_is_counted() => Assert.Equal(
        ["colloquy.usage.mismatches 1"],
        Measure(change => SessionMachine.FinishTurn(change, change.State.Turn!.Id, new TurnEnd(TurnOutcome.Completed)
        {
            OutputUsage = new Dictionary<string, TokenUsage> { ["m"] = new(1, 1, 0, 0, 0) },
        })));

    private static List<string> Measure(Action<SessionChange> act)
    {
        // Other tests run beside this one in the process; what this thread measures is this test's.
        var thread = Environment.CurrentManagedThreadId;
        var measured = new List<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == Telemetry.Name)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();
        var change = Launched();
        act(change);
        ModelTelemetry.Record(change);
        return measured;

        void Note(Instrument instrument, IFormattable value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (Environment.CurrentManagedThreadId == thread)
            {
                var labels = new Dictionary<string, object?>([.. tags]);
                var shown = new[] { "gen_ai.response.model", "error.type", "gen_ai.token.type" }
                    .Where(labels.ContainsKey).Select(name => $" {labels[name]}");
                measured.Add(FormattableString.Invariant($"{instrument.Name} {value}") + string.Concat(shown));
            }
        }
    }

    private static void End(SessionChange change, string model, ModelCallError? error)
    {
        var turn = change.State.Turn!.Id;
        SessionMachine.BeginCall(change, turn, new ModelCallStart(model, model, TokenUsage.None, 0, false));
        SessionMachine.EndCall(change, turn, new ModelCallEnd(model, model, new(100, 20, 30, 40, 50), error is null ? 200 : 529, 1.5)
        {
            TimeToFirstToken = 0.25,
            Error = error,
        });
    }

    private static SessionChange Launched()
    {
        var at = new DateTimeOffset(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);
        var state = SessionMachine.Create(
            new SessionId("sesn_test"), new CreateSession(), new AgentSummary("agent", 1, "Agent", "m"), "hash", at);
        var change = new SessionChange(state, at, PriceBook.BuiltIn);
        SessionMachine.Submit(change, [new UserMessageRequest(["go"])], "key", null);
        SessionMachine.Launch(change, change.State.Turn!.Id, at, UsageSource.Gateway);
        return change;
    }
}
