using Colloquy.Grains.Sessions;
using Colloquy.Sessions;
using Xunit;
using EventId = Colloquy.Sessions.EventId;

namespace Colloquy.Grains.Tests.Sessions;

public sealed class EventFeedTests
{
    private static readonly SessionId Id = new("sesn_1");

    [Fact]
    public void Large_events_are_left_to_the_journal_so_that_a_feed_does_not_fill_the_memory()
    {
        var feed = new EventFeed(0);
        feed.Publish([.. Enumerable.Range(1, 5).Select(n => Event(n, EventFeed.MaxBytes / 2))]);

        Assert.Null(feed.After(0));
        Assert.Equal([4, 5], feed.After(3)!.Select(e => e.Sequence));
    }

    [Fact]
    public void Event_that_is_larger_than_the_feed_may_be_is_found_in_the_journal()
    {
        var feed = new EventFeed(0);
        feed.Publish([Event(1, EventFeed.MaxBytes + 1)]);

        Assert.Null(feed.After(0));
        Assert.Empty(feed.After(1)!);
    }

    private static SessionEvent Event(long sequence, int bytes)
    {
        var id = EventId.From(Id, $"{sequence}");
        return new SessionEvent(sequence, id, EventTypes.AgentMessage, null, default, null, new byte[bytes]);
    }
}
