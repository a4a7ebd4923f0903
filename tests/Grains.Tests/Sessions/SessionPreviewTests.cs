using Colloquy.Sessions;
using Xunit;
using EventId = Colloquy.Sessions.EventId;

namespace Colloquy.Grains.Tests.Sessions;

public sealed class SessionPreviewTests : SessionTest
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Words_are_seen_before_their_message_is_stored_under_the_id_that_it_will_have()
    {
        var session = await _cluster.CreateAsync();
        await using var viewer = new Viewer(session);
        var agent = await _cluster.AskAsync(session);
        agent.Begin("msg_1");
        agent.Write("Once ");
        await viewer.UntilAsync("Once ");
        agent.Write("upon a time");
        await viewer.UntilAsync("Once upon a time");
        Assert.Empty(Answers());

        agent.Complete("Once upon a time", "msg_1");
        agent.Finish();
        await viewer.UntilAsync(EventTypes.StatusIdle, 1);

        var message = _cluster.Store.Events(Id).Single(e => e.Type == EventTypes.AgentMessage);
        Assert.Equal([message.Id], viewer.Previews.Keys);
        Assert.Equal("Once upon a time", viewer.Previews[message.Id]);
        Assert.Equal(_cluster.Store.Events(Id).Select(e => e.Sequence), viewer.Sequences);
        Assert.True(viewer.Seen.FindIndex(e => e.Id == message.Id) < viewer.Seen.IndexOf(viewer.Seen.Single(e => e.Sequence == message.Sequence)));
    }

    [Fact]
    public async Task Message_that_comes_at_once_after_its_last_words_is_previewed_to_its_end_and_never_after_it()
    {
        var session = await _cluster.CreateAsync();
        await using var viewer = new Viewer(session);
        var agent = await _cluster.AskAsync(session);
        agent.Begin("msg_1");
        agent.Write("Quick");
        await viewer.UntilAsync("Quick");
        for (var n = 0; n < 20; n++)
        {
            agent.Write($" {n}");
        }

        var whole = "Quick" + string.Concat(Enumerable.Range(0, 20).Select(n => $" {n}"));
        agent.Complete(whole, "msg_1");
        agent.Finish();
        await viewer.UntilAsync(EventTypes.StatusIdle, 1);

        Assert.Equal(whole, Assert.Single(viewer.Previews).Value);
        var stored = viewer.Seen.FindIndex(e => e.Type == EventTypes.AgentMessage);
        Assert.DoesNotContain(viewer.Seen[stored..], e => e.Sequence == 0);
    }

    [Fact]
    public async Task Message_is_not_previewed_before_what_was_said_earlier_is_stored()
    {
        var session = await _cluster.CreateAsync();
        await using var viewer = new Viewer(session);
        var agent = await _cluster.AskAsync(session);
        agent.Begin("msg_1");
        agent.Write("first");
        await viewer.UntilAsync("first");

        var store = new TaskCompletionSource();
        _cluster.Store.Gate = store.Task;
        agent.HoldBackAfter(9); // all of the lines up to here
        agent.Complete("first", "msg_1");
        agent.Begin("msg_2");
        agent.Write("second");
        var seen = viewer.UntilAsync("second");
        await agent.LimitReached.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        await session.GetAsync(); // a moment in which the grain could show too much
        store.SetResult();
        await seen;

        Assert.Equal(
            [EventTypes.EventStart, EventTypes.AgentMessage, EventTypes.EventStart],
            viewer.Seen.Select(e => e.Type).Where(type => type is EventTypes.EventStart or EventTypes.AgentMessage));
    }

    [Fact]
    public async Task Viewer_who_joins_in_the_middle_gets_what_was_written_in_one_piece()
    {
        var session = await _cluster.CreateAsync();
        await using var first = new Viewer(session);
        var agent = await _cluster.AskAsync(session);
        agent.Begin("msg_1");
        agent.Write("one ");
        agent.Write("two ");
        await first.UntilAsync("one two ");

        await using var late = new Viewer(session);
        await late.UntilAsync("one two ");

        Assert.Single(late.Seen, e => e.Type == EventTypes.EventDelta);
    }

    [Fact]
    public async Task Who_follows_stored_events_sees_no_previews()
    {
        var session = await _cluster.CreateAsync();
        await using var viewer = new Viewer(session);
        await using var plain = new Viewer(session, live: false);
        var agent = await _cluster.AskAsync(session);
        agent.Begin("msg_1");
        agent.Write("hi");
        await viewer.UntilAsync("hi");
        agent.Complete("hi", "msg_1");
        agent.Finish();

        await plain.UntilAsync(EventTypes.StatusIdle, 1);

        Assert.Empty(plain.Previews);
        Assert.Equal(_cluster.Store.Events(Id).Select(e => e.Sequence), plain.Sequences);
    }

    [Fact]
    public async Task Output_whose_stream_broke_is_previewed_on_without_doubles()
    {
        var session = await _cluster.CreateAsync();
        await using var viewer = new Viewer(session);
        var agent = await _cluster.AskAsync(session);
        agent.Say("stored", "msg_1");
        agent.Begin("msg_2");
        agent.Write("one ");
        await viewer.UntilAsync("one ");

        agent.BreakStreams();
        await _cluster.Sandboxes.NextProcessAsync();
        agent.Write("two");
        await viewer.UntilAsync("one two");

        Assert.Single(viewer.Previews);
        Assert.Single(viewer.Seen, e => e.Type == EventTypes.EventStart);
    }

    [Fact]
    public async Task Output_that_is_read_again_shows_nothing_of_what_is_stored()
    {
        var session = await _cluster.CreateAsync();
        await using var viewer = new Viewer(session);
        var agent = await _cluster.AskAsync(session);
        agent.Begin("msg_1");
        agent.Write("stored");
        const int LinesSoFar = 3;
        agent.Complete("stored", "msg_1");
        agent.Begin("msg_2");
        agent.Write("one ");
        await viewer.UntilAsync("one ");

        agent.HoldBackAfter(LinesSoFar);
        agent.BreakStreams();
        await _cluster.Sandboxes.NextProcessAsync();
        await agent.LimitReached.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        await using var late = new Viewer(session);
        await late.UntilAsync("one ");
        agent.HoldBackAfter(null);
        agent.Write("two");
        await late.UntilAsync("one two");

        Assert.Single(late.Previews);
    }

    [Fact]
    public async Task Activation_that_takes_the_turn_up_previews_what_is_not_stored_from_its_beginning_and_nothing_else()
    {
        var session = await _cluster.CreateAsync();
        await using (var before = new Viewer(session))
        {
            var agent = await _cluster.AskAsync(session);
            agent.Begin("msg_1");
            agent.Write("stored");
            agent.Complete("stored", "msg_1");
            agent.Begin("msg_2");
            agent.Write("one ");
            await before.UntilAsync("one ");
        }

        await _cluster.Cluster.DeactivateAsync(session);
        var follower = await _cluster.Sandboxes.NextProcessAsync();
        await using var after = new Viewer(session);
        follower.Write("two");
        await after.UntilAsync("one two");
        follower.Complete("one two", "msg_2");
        follower.Finish();
        await after.UntilAsync(EventTypes.StatusIdle, 1);

        Assert.Equal("one two", Assert.Single(after.Previews).Value);
        Assert.Equal(["stored", "one two"], Answers());
    }

    [Fact]
    public async Task Turn_that_breaks_off_leaves_no_preview_to_the_next_one()
    {
        var session = await _cluster.CreateAsync();
        await using var viewer = new Viewer(session);
        var agent = await _cluster.AskAsync(session);
        agent.Begin("msg_1");
        agent.Write("I was about to");
        await viewer.UntilAsync("I was about to");
        agent.Exit(1);
        await viewer.UntilAsync(EventTypes.StatusIdle, 1);

        await using var late = new Viewer(session);
        (await _cluster.AskAsync(session)).Finish();
        await late.UntilAsync(EventTypes.StatusIdle, 2);

        Assert.Empty(late.Previews);
        Assert.Empty(Answers());
    }

    /// <summary>One enumeration of the grain, read until something was seen.</summary>
    private sealed class Viewer(ISessionGrain session, bool live = true) : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<SessionEvent> _events =
            (live ? session.FollowLiveAsync(0, Stop) : session.FollowAsync(0, Stop)).GetAsyncEnumerator(Stop);

        public List<SessionEvent> Seen { get; } = [];

        /// <summary>The text of each preview, put together as a client does it.</summary>
        public Dictionary<EventId, string> Previews { get; } = [];

        public IEnumerable<long> Sequences => Seen.Where(e => e.Sequence > 0).Select(e => e.Sequence);

        public Task UntilAsync(string text) => UntilAsync(() => Previews.ContainsValue(text));

        public Task UntilAsync(string type, int count) => UntilAsync(() => Seen.Count(e => e.Type == type) == count);

        public ValueTask DisposeAsync() => _events.DisposeAsync();

        private async Task UntilAsync(Func<bool> holds)
        {
            while (!holds())
            {
                Assert.True(await _events.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), Stop));
                Seen.Add(_events.Current);
                switch (EventJson.Read(_events.Current))
                {
                    case EventStart start:
                        Previews[start.Event.Id] = "";
                        break;
                    case EventDelta delta:
                        Previews[delta.EventId] += delta.Delta.Content.Text;
                        break;
                }
            }
        }
    }
}
