using Colloquy.Client;
using Colloquy.Sessions;
using Colloquy.Web.Tests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace Colloquy.Web.Tests;

public sealed class SessionClientTests
{
    private static readonly AgentMessage Message = new([new ContentBlock("hi")]);
    private readonly FakeTimeProvider _time = new() { AutoAdvanceAmount = TimeSpan.FromSeconds(1) };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<Exception?> Breaks =>
    [
        (Exception?)null,
        new EnumerationAbortedException("moved"),
        new SiloUnavailableException("killed"),
        new TimeoutException(),
        new OrleansException("no silo to place it on"),
        new OutcomeUnknownException("sesn_a"),
        new OperationCanceledException("the activation went away"),
    ];

    [Theory]
    [MemberData(nameof(Breaks))]
    public async Task Follow_survives(Exception? error)
    {
        var (client, grain) = await CreateAsync(events: 5);
        await grain.EndAsync();
        grain.Repeats = 2;
        grain.Breaks.Enqueue((0, error));
        grain.Breaks.Enqueue((3, error));

        Assert.Equal([1L, 2, 3, 4, 5, 6], await FollowAsync(client, after: 0));
    }

    [Fact]
    public async Task Follow_of_an_unknown_session_fails()
    {
        var grains = new InMemoryGrains(_time);
        grains.Session("sesn_a").Breaks.Enqueue((0, new SessionNotFoundException("sesn_a")));

        await Assert.ThrowsAsync<SessionNotFoundException>(() => FollowAsync(new SessionClient(grains.Factory, _time), 0));
    }

    [Fact]
    public async Task Follow_stops_when_the_caller_stops()
    {
        var (client, grain) = await CreateAsync(events: 1);
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        await using var events = client.FollowAsync(new SessionId("sesn_a"), 1, cancellationToken: leave.Token).GetAsyncEnumerator(leave.Token);
        var next = events.MoveNextAsync().AsTask();
        await grain.FollowedAsync(Stop);

        await leave.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task Follow_reads_again_what_an_activation_left_out()
    {
        var (client, grain) = await CreateAsync(events: 3);
        await grain.EndAsync();
        grain.Skips = 1;

        Assert.Equal([1L, 2, 3, 4], await FollowAsync(client, after: 0));
    }

    [Fact]
    public async Task Follow_with_previews_passes_them_on_and_begins_them_anew_after_a_break()
    {
        var (client, grain) = await CreateAsync(events: 2);
        await grain.EndAsync();
        grain.PreviewBreaks = 1;

        Assert.Equal([0L, 0, 0, 0, 0, 1, 0, 0, 0, 2, 3], await FollowAsync(client, after: 0, previews: true));
    }

    private async Task<(SessionClient Client, InMemorySession Grain)> CreateAsync(int events)
    {
        var grains = new InMemoryGrains(_time);
        var grain = grains.Session("sesn_a");
        await grain.CreateAsync(new CreateSession());
        for (var i = 0; i < events; i++)
        {
            grain.Append(Message);
        }

        return (new SessionClient(grains.Factory, _time), grain);
    }

    private async Task<List<long>> FollowAsync(SessionClient client, long after, bool previews = false)
    {
        var sequences = new List<long>();
        var reading = Task.Run(async () =>
        {
            await foreach (var next in client.FollowAsync(new SessionId("sesn_a"), after, previews, Stop))
            {
                sequences.Add(next.Sequence);
            }
        }, Stop);
        while (!reading.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Yield();
        }

        await reading;
        return sequences;
    }
}
