using Colloquy.Costs;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Costs;
using Colloquy.Grains.Sandboxes;
using Colloquy.Grains.Sessions;
using Colloquy.Sessions;
using CsCheck;
using Xunit;

namespace Colloquy.Grains.Tests.Sessions;

public sealed class SessionMachineTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);
    private static readonly SessionId Id = new("sesn_test");
    private static readonly AgentSummary Agent = new("agent_offline", 1, "Offline", "offline-1");

    [Fact]
    public void Submit_to_an_idle_session_stores_the_message_and_starts_its_turn_in_one_change()
    {
        var change = Change(NewSession());

        var stored = SessionMachine.Submit(change, [Message("hello")], "key", null);

        Assert.Equal([EventTypes.UserMessage, EventTypes.StatusRunning], change.Events.Select(e => e.Type));
        Assert.Equal(stored[0].TurnId, change.State.Turn!.Id);
        Assert.Equal(SessionStatus.Running, change.State.Status);
        Assert.Equal(Start + SessionLimits.DefaultTurnTimeout, change.State.Turn.Deadline);
    }

    [Fact]
    public void Submit_while_a_turn_runs_queues_in_order()
    {
        var change = Change(NewSession());
        SessionMachine.Submit(change, [Message("first")], "1", null);
        var second = SessionMachine.Submit(change, [Message("second")], "2", null)[0];
        var third = SessionMachine.Submit(change, [Message("third")], "3", null)[0];

        Assert.Equal([second.Id, third.Id], change.State.Queue.Select(queued => queued.Message));

        SessionMachine.FinishTurn(change, change.State.Turn!.Id, new TurnEnd(TurnOutcome.Completed));

        Assert.Equal(second.Id, change.State.Turn!.Message);
    }

    [Fact]
    public void Submit_to_an_ended_session_is_refused()
    {
        var change = Change(NewSession());
        SessionMachine.End(change);

        Assert.Throws<SessionEndedException>(() => SessionMachine.Submit(change, [Message("late")], "key", null));
    }

    [Fact]
    public void Interrupt_with_nothing_running_is_refused_and_changes_nothing()
    {
        var change = Change(NewSession());

        Assert.Throws<NothingToInterruptException>(() =>
            SessionMachine.Submit(change, [Message("and"), new UserInterruptRequest()], "key", null));
        Assert.Empty(change.Events);
    }

    [Fact]
    public void Own_timeout_of_a_message_sets_the_deadline_of_its_turn()
    {
        var change = Change(NewSession());

        SessionMachine.Submit(change, [new UserMessageRequest(["slow"], TimeSpan.FromHours(3))], "key", null);

        Assert.Equal(Start.AddHours(3), change.State.Turn!.Deadline);
    }

    [Fact]
    public void Trace_of_a_turn_continues_the_callers_trace()
    {
        var change = Change(NewSession());

        SessionMachine.Submit(
            change, [Message("hi")], "key", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

        Assert.Equal("0af7651916cd43dd8448eb211c80319c", change.State.Turn!.Trace.TraceId);
        Assert.Equal("b7ad6b7169203331", change.State.Turn.Trace.ParentSpanId);
    }

    [Fact]
    public void Recording_the_same_output_again_changes_nothing()
    {
        var change = Running();
        AgentOutputEvent[] output = [Said("one", 10), Said("two", 25)];
        SessionMachine.Record(change, change.State.Turn!.Id, output);
        var events = change.Events.Count;

        SessionMachine.Record(change, change.State.Turn.Id, output);

        Assert.Equal(events, change.Events.Count);
        Assert.Equal(25, change.State.Turn.OutputOffset);
    }

    [Fact]
    public void Unknown_model_is_counted_as_unpriced_and_not_as_free()
    {
        var change = Running();

        SessionMachine.Record(change, change.State.Turn!.Id, [Called("gpt-foo", new TokenUsage(10, 5, 0, 0, 0), 10)]);

        Assert.Equal(1, change.State.Totals.UnpricedCalls);
        Assert.Null(change.Ledger[0].NanoUsd);
    }

    [Fact]
    public void Idle_sandbox_time_is_booked_to_the_session_and_never_beyond_the_sandbox_lifetime()
    {
        var change = Running();
        OpenSandbox(change, lifetime: TimeSpan.FromMinutes(10));
        SessionMachine.FinishTurn(change, change.State.Turn!.Id, new TurnEnd(TurnOutcome.Completed));
        var later = new SessionChange(change.State, Start.AddHours(5), Prices);

        SessionMachine.Submit(later, [Message("again")], "later", null);
        SessionMachine.LoseSandbox(later);

        var idle = Assert.Single(later.Ledger);
        Assert.Null(idle.Turn);
        Assert.Equal(600, idle.SandboxSeconds, 6);
    }

    [Fact]
    public void Late_news_of_an_ended_turn_changes_nothing()
    {
        var change = Running();
        var turn = change.State.Turn!.Id;
        SessionMachine.End(change);
        var state = change.State;

        SessionMachine.Record(change, turn, [Said("late", 10)]);
        SessionMachine.FinishTurn(change, turn, new TurnEnd(TurnOutcome.Completed));

        Assert.Equal(state, change.State);
    }

    [Fact]
    public void Any_history_of_commands_keeps_the_books_and_the_journal_in_order() =>
        Gen.Int[0, 11].Array[0, 60].Sample(Check);

    private static void Check(int[] script)
    {
        var run = new ScriptedSession();
        foreach (var command in script)
        {
            run.Apply(command);
            run.AssertInvariants();
        }
    }

    private static readonly PriceBook Prices = PriceBook.BuiltIn;

    private static SessionState NewSession() =>
        SessionMachine.Create(Id, new CreateSession(), Agent, "hash", Start);

    private static SessionChange Change(SessionState state) => new(state, Start, Prices);

    private static SessionChange Running()
    {
        var change = Change(NewSession());
        SessionMachine.Submit(change, [Message("go")], "key", null);
        return change;
    }

    private static void OpenSandbox(SessionChange change, TimeSpan lifetime)
    {
        SessionMachine.LeaseSandbox(change);
        SessionMachine.OpenSandbox(
            change, new OpenedSandbox("sbx", "local", new SandboxResources(2, 512), change.Now, change.Now + lifetime));
    }

    private static UserMessageRequest Message(string text) => new([text]);

    private static AgentOutputEvent Said(string text, long end) =>
        new($"said:{end}", new AgentMessage([new ContentBlock(text)]), end);

    private static AgentOutputEvent Called(string model, TokenUsage tokens, long end) => new(
        $"called:{end}",
        new ModelRequestEnd(new EventId("sevt_start"), false, ModelUsage.From(tokens), model, "call"), end,
        new BookedCall(model, tokens));

    /// <summary>Plays numbered commands against a session and keeps everything that was ever stored.</summary>
    private sealed class ScriptedSession
    {
        private readonly List<SessionEvent> _journal = [];
        private readonly List<LedgerEntry> _ledger = [];
        private readonly HashSet<TurnId> _promised = [];
        private SessionState _state = NewSession();
        private DateTimeOffset _now = Start;
        private long _offset;
        private int _key;

        public void Apply(int command)
        {
            _now = _now.AddSeconds(command + 1);
            var change = new SessionChange(_state, _now, Prices);
            var mark = change.Save();
            try
            {
                Run(change, command);
            }
            catch (Exception exception) when (exception is SessionEndedException or NothingToInterruptException)
            {
                Assert.Equal(mark.State, change.State);
                Assert.Empty(change.Events);
            }

            _journal.AddRange(change.Events);
            _ledger.AddRange(change.Ledger);
            Assert.All(change.Uploads, upload => Assert.True(_promised.Add(upload.Turn)));
            _state = change.State with { Revision = _state.Revision + 1 };
        }

        public void AssertInvariants()
        {
            Assert.Equal(Enumerable.Range(1, _journal.Count).Select(n => (long)n), _journal.Select(e => e.Sequence));
            Assert.Equal(_journal.Count, _journal.Select(e => e.Id).Distinct().Count());
            Assert.Equal(_state.Head, _journal.Count);
            Assert.Equal(_state.Turn is not null, _state.Status == SessionStatus.Running);
            Assert.True(_state.Turn is not null || _state.Queue.Count == 0, "a message waits although nothing runs");

            var booked = _ledger.Aggregate(CostTotals.Zero, (sum, entry) => sum + entry.ToTotals());
            Assert.Equal(booked.TotalNanoUsd, _state.Totals.TotalNanoUsd);
            Assert.Equal(booked.Tokens, _state.Totals.Tokens);
            Assert.Equal(_ledger.Count, _ledger.Select(entry => entry.Sequence).Distinct().Count());

            var begun = _journal.Count(e => e.Type == EventTypes.StatusRunning);
            var ended = _journal.Where(e => e.Type == EventTypes.StatusIdle).ToList();
            Assert.Equal(begun, _state.Turns);
            Assert.Equal(begun - (_state.Turn is null ? 0 : 1), ended.Count);
            Assert.Equal(_promised, ended.Select(e => e.TurnId!.Value).ToHashSet());
            AssertTurnCosts(ended);
        }

        private void AssertTurnCosts(List<SessionEvent> ended)
        {
            foreach (var idle in ended.Select(e => (StatusIdle)EventJson.Read(e)!))
            {
                var booked = _ledger.Where(entry => entry.Turn == idle.TurnId)
                    .Aggregate(CostTotals.Zero, (sum, entry) => sum + entry.ToTotals());
                Assert.Equal(booked.TotalNanoUsd, idle.Cost.TotalNanoUsd);
                Assert.Equal(booked.Tokens, idle.Cost.Tokens);
            }
        }

        private void Run(SessionChange change, int command)
        {
            var turn = change.State.Turn?.Id ?? new TurnId("turn_none");
            switch (command)
            {
                case 0 or 1 or 2:
                    SessionMachine.Submit(change, [Message("hi")], $"{_key++}", null);
                    break;
                case 3:
                    SessionMachine.Submit(change, [new UserInterruptRequest()], $"{_key++}", null);
                    break;
                case 4 when change.State is { Sandbox: null, Turn: not null }:
                    OpenSandbox(change, TimeSpan.FromSeconds(30));
                    break;
                case 5:
                    SessionMachine.ExtendSandbox(change, _now.AddMinutes(1));
                    break;
                case 6 when change.State.Sandbox is not null:
                    SessionMachine.Launch(change, turn, _now.AddMinutes(2));
                    break;
                case 7:
                    SessionMachine.Record(change, turn, [Said("x", _offset += 10), Called("offline-1", new(3, 2, 1, 0, 5), _offset)]);
                    break;
                case 8:
                    SessionMachine.LoseSandbox(change);
                    break;
                case 9 or 10:
                    SessionMachine.FinishTurn(change, turn, new TurnEnd(TurnOutcome.Completed));
                    break;
                case 11 when _key > 6:
                    SessionMachine.End(change);
                    break;
            }
        }
    }
}
