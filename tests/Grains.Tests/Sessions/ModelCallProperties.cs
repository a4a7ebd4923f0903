using Colloquy.Agents;
using Colloquy.Costs;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Costs;
using Colloquy.Grains.Sessions;
using Colloquy.Models;
using Colloquy.Sessions;
using CsCheck;
using Xunit;

namespace Colloquy.Grains.Tests.Sessions;

/// <summary>Whatever a gateway, a turn and a crash do in whatever order: each call that began is booked once.</summary>
public sealed class ModelCallProperties
{
    private enum Step { Begin, BeginAgain, End, EndAgain, Crash, Show, Interrupt, Finish, EndSession }

    private static readonly Gen<(Step, int)[]> Scripts = Gen.Select(
        Gen.Frequency(
            (8, Gen.Const(Step.Begin)), (3, Gen.Const(Step.BeginAgain)), (6, Gen.Const(Step.End)),
            (3, Gen.Const(Step.EndAgain)), (2, Gen.Const(Step.Crash)), (3, Gen.Const(Step.Show)),
            (1, Gen.Const(Step.Interrupt)), (2, Gen.Const(Step.Finish)), (1, Gen.Const(Step.EndSession))),
        Gen.Int[0, 1000]).Array[0, 80];

    [Fact]
    public void Every_call_that_began_is_booked_exactly_once() => Scripts.Sample(script =>
    {
        var run = new Run();
        foreach (var (step, choice) in script)
        {
            run.Play(step, choice);
            run.AssertBooks();
        }

        run.Play(Step.Finish, 0);
        run.AssertBooks();
        run.AssertAllEnded();
    });

    private sealed class Run
    {
        private static readonly DateTimeOffset Start = new(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);
        private readonly List<SessionEvent> _journal = [];
        private readonly List<LedgerEntry> _ledger = [];
        private readonly List<(TurnId Turn, string Call)> _begun = [];
        private readonly List<ShownCall> _shown = [];
        private SessionState _state = SessionMachine.Create(
            new SessionId("sesn_test"), new CreateSession(), new AgentSummary("agent", 1, "Agent", "m"), "hash", Start);
        private int _numbers;
        private int _seconds;

        public void Play(Step step, int choice)
        {
            if (step == Step.Crash)
            {
                // The next activation knows what is stored, and nothing else.
                _state = SessionStateJson.Read(SessionStateJson.ToRow(_state, "silo"));
                return;
            }

            var change = new SessionChange(_state, Start.AddSeconds(++_seconds), PriceBook.BuiltIn);
            var mark = change.Save();
            try
            {
                Apply(change, step, choice);
            }
            catch (Exception exception) when (exception is TurnOverException or SessionEndedException or NothingToInterruptException)
            {
                change.Restore(mark);
            }

            _journal.AddRange(change.Events);
            _ledger.AddRange(change.Ledger);
            _state = change.State;
        }

        public void AssertBooks()
        {
            Assert.Equal(_journal.Count, _journal.Select(e => e.Id).Distinct().Count());
            var ends = Bodies<ModelRequestEnd>().ToList();
            Assert.Equal(_ledger.Sum(entry => entry.NanoUsd!.Value), ends.Sum(end => (long)(end.Usd!.Value * 1_000_000_000m)));
            Assert.Equal(_ledger.Sum(entry => entry.NanoUsd!.Value), _state.Totals.ModelNanoUsd);
            Assert.Equal(Sum(ends), _state.Totals.Tokens);

            if (_state.Turn is { } turn)
            {
                var ofTurn = _journal.Where(e => e.TurnId == turn.Id).Select(EventJson.Read).OfType<ModelRequestEnd>();
                var gateway = (turn.GatewayUsage ?? new Dictionary<string, TokenUsage>()).Values;
                Assert.Equal(Sum(ofTurn), gateway.Aggregate(TokenUsage.None, TokenUsage.Add));
                Assert.Equal(Sum(ofTurn), turn.Cost.Tokens);
                Assert.Equal(Bodies<ModelRequestStart>().Count() - ends.Count, turn.Calls?.Open.Count ?? 0);
            }
        }

        public void AssertAllEnded()
        {
            var starts = Bodies<ModelRequestStart>().Select(start => start.CallId).Order();
            var ends = Bodies<ModelRequestEnd>().ToList();
            Assert.Equal(starts, ends.Select(end => end.CallId).Order());
            var messages = ends.Select(end => end.MessageId).OfType<string>().ToList();
            Assert.Equal(messages.Count, messages.Distinct().Count());
        }

        private void Apply(SessionChange change, Step step, int choice)
        {
            if (step is Step.Begin && change.State.Turn is null)
            {
                SessionMachine.Submit(change, [new UserMessageRequest(["hi"])], $"{_numbers++}", null);
                SessionMachine.Launch(change, change.State.Turn!.Id, change.Now, UsageSource.Gateway);
                _shown.Clear();
            }

            var turn = change.State.Turn?.Id ?? new TurnId("turn_none");
            var (earlierTurn, earlier) = _begun.Count > 0 ? _begun[^(1 + (choice % Math.Min(_begun.Count, 20)))] : (turn, "none");
            switch (step)
            {
                case Step.Begin:
                    var call = $"call_{_numbers++}";
                    SessionMachine.BeginCall(change, turn, StartOf(call, choice));
                    _begun.Add((turn, call));
                    break;
                case Step.BeginAgain:
                    SessionMachine.BeginCall(change, earlierTurn, StartOf(earlier, choice));
                    break;
                case Step.End or Step.EndAgain:
                    SessionMachine.EndCall(change, earlierTurn, EndOf(earlier, choice));
                    break;
                // An agent shows no messages but those of its own turn.
                case Step.Show when earlierTurn == turn:
                    _shown.Add(new ShownCall($"msg_{earlier}", "offline-1", new(choice, 1, 0, 0, 0)));
                    break;
                case Step.Interrupt:
                    SessionMachine.Submit(change, [new UserInterruptRequest()], $"{_numbers++}", null);
                    break;
                case Step.Finish:
                    // As the runner does, by what is in the journal.
                    var known = Bodies<ModelRequestEnd>().Select(end => end.MessageId).ToHashSet();
                    var shown = _shown.DistinctBy(message => message.MessageId)
                        .Where(message => !known.Contains(message.MessageId)).ToList();
                    SessionMachine.FinishTurn(change, turn, new TurnEnd(TurnOutcome.Completed) { Shown = shown });
                    break;
                case Step.EndSession when choice > 900:
                    SessionMachine.End(change);
                    break;
            }
        }

        private static ModelCallStart StartOf(string call, int choice) =>
            new(call, choice % 2 == 0 ? "offline-1" : "claude-opus-5", new(choice, 500, 0, 0, 0), 0, false);

        private static ModelCallEnd EndOf(string call, int choice) =>
            new(call, "claude-opus-5", new(choice, 2, 3, 4, 5), 200, 1) { MessageId = $"msg_{call}" };

        private IEnumerable<T> Bodies<T>() where T : EventBody => _journal.Select(EventJson.Read).OfType<T>();

        private static TokenUsage Sum(IEnumerable<ModelRequestEnd> ends) =>
            ends.Select(end => end.ModelUsage.ToTokenUsage()).Aggregate(TokenUsage.None, TokenUsage.Add);
    }
}
