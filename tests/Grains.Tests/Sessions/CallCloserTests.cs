using Colloquy.Agents;
using Colloquy.Costs;
using Colloquy.Grains.Costs;
using Colloquy.Grains.Sessions;
using Colloquy.Grains.Tests.Fakes;
using Colloquy.Models;
using Colloquy.Sessions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Colloquy.Grains.Tests.Sessions;

public sealed class CallCloserTests
{
    private static readonly SessionId Id = new("sesn_1");
    private static readonly TokenUsage Used = new(1, 1, 0, 0, 0);
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 8, 0, 0, TimeSpan.Zero));
    private readonly InMemorySessionStore _store = new();

    [Fact]
    public async Task Gateway_that_says_nothing_is_given_two_seconds()
    {
        var (_, closer, _) = await StartAsync();

        var waiting = closer.WaitAsync(TestContext.Current.CancellationToken);
        _time.Advance(CallCloser.Patience - TimeSpan.FromMilliseconds(1));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        await waiting;
    }

    [Fact]
    public async Task Nothing_is_waited_for_once_all_calls_have_ended()
    {
        var (journal, closer, turn) = await StartAsync();

        var waiting = closer.WaitAsync(TestContext.Current.CancellationToken);
        await journal.CommitAsync(change => SessionMachine.EndCall(change, turn, Ended("call_1")));
        Assert.False(waiting.IsCompleted);
        await journal.CommitAsync(change => SessionMachine.EndCall(change, turn, Ended("call_2")));

        await waiting;
    }

    [Fact]
    public async Task Waiting_ends_with_the_activation()
    {
        var (_, closer, _) = await StartAsync();
        using var abandon = new CancellationTokenSource();

        var waiting = closer.WaitAsync(abandon.Token);
        await abandon.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Message_of_a_call_that_ended_long_ago_is_not_taken_for_an_open_one()
    {
        var (journal, closer, turn) = await StartAsync();
        await journal.CommitAsync(change => SessionMachine.EndCall(change, turn, Ended("call_1")));
        // Longer ago than the state remembers.
        for (var number = 0; number < 100; number++)
        {
            await journal.CommitAsync(change =>
            {
                SessionMachine.BeginCall(change, turn, Started($"later_{number}"));
                SessionMachine.EndCall(change, turn, Ended($"later_{number}"));
            });
        }

        var without = await closer.WithoutEndAsync(
            [new("msg_call_1", "m", Used), new("msg_call_2", "m", Used)], TestContext.Current.CancellationToken);

        Assert.Equal("msg_call_2", Assert.Single(without).MessageId);
    }

    private async Task<(SessionJournal, CallCloser, TurnId)> StartAsync()
    {
        var journal = new SessionJournal(_store, PriceBook.BuiltIn, _time, Id, "silo") { Stored = _ => { }, Broken = _ => { } };
        await journal.CreateAsync(SessionMachine.Create(
            Id, new CreateSession(), new AgentSummary("agent", 1, "Agent", "m"), "hash", _time.GetUtcNow()));
        await journal.CommitAsync(change =>
        {
            SessionMachine.Submit(change, [new UserMessageRequest(["go"])], "key", null);
            var turn = change.State.Turn!.Id;
            SessionMachine.Launch(change, turn, change.Now, UsageSource.Gateway);
            SessionMachine.BeginCall(change, turn, Started("call_1"));
            SessionMachine.BeginCall(change, turn, Started("call_2"));
        });
        var running = journal.State!.Turn!;
        return (journal, new CallCloser(journal, _store, _time, running), running.Id);
    }

    private static ModelCallStart Started(string id) => new(id, "m", Used, 0, false);

    private static ModelCallEnd Ended(string id) => new(id, "m", Used, 200, 1) { MessageId = $"msg_{id}" };
}
