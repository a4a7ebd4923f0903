using Colloquy.Grains.Agents;
using Colloquy.Grains.Sessions;
using Colloquy.Sessions;
using CsCheck;
using Xunit;
using EventId = Colloquy.Sessions.EventId;

namespace Colloquy.Grains.Tests.Sessions;

public sealed class PreviewCursorTests
{
    private static readonly SessionId Id = new("sesn_1");
    private static readonly EventId Message = EventId.From(Id, "message");
    private static readonly TurnId Turn = new("turn_1");

    [Fact]
    public void Viewer_who_joins_late_gets_the_beginning_at_once()
    {
        var preview = Preview("Once upon ", "a time");

        var shown = new PreviewCursor().Next(preview).ToList();

        Assert.Equal([EventTypes.EventStart, EventTypes.EventDelta], shown.Select(e => e.Type));
        Assert.All(shown, e => Assert.Equal((0, Message, (TurnId?)Turn), (e.Sequence, e.Id, e.TurnId)));
        Assert.Equal("Once upon a time", Text(shown));
        Assert.Equal(new PreviewedEvent(EventTypes.AgentMessage, Message), ((EventStart)EventJson.Read(shown[0])!).Event);
    }

    [Fact]
    public void Message_without_words_is_not_announced() => Assert.Empty(new PreviewCursor().Next(Preview()));

    [Fact]
    public void Deltas_of_any_viewer_add_up_to_the_message() =>
        Gen.Select(Gen.String[0, 8].Array[1, 20], Gen.Bool.Array[20]).Sample((pieces, looks) =>
        {
            var preview = Preview();
            var cursor = new PreviewCursor();
            var shown = new List<SessionEvent>();
            for (var i = 0; i < pieces.Length; i++)
            {
                preview.Add(pieces[i]);
                shown.AddRange(looks[i] ? cursor.Next(preview) : []);
            }

            var message = string.Concat(pieces);
            if (cursor.RestOf(Stored(message)) is { } rest)
            {
                shown.Add(rest);
            }

            // Who saw nothing of it while it was written needs no preview any more.
            return shown.Count == 0 || (Text(shown) == message && shown.Count(e => e.Type == EventTypes.EventStart) == 1);
        });

    [Fact]
    public void Message_that_was_read_again_from_its_beginning_is_not_shown_twice()
    {
        var cursor = new PreviewCursor();
        var shown = cursor.Next(Preview("one ", "two")).ToList();

        shown.AddRange(cursor.Next(Preview("one ", "two", " three")));

        Assert.Equal("one two three", Text(shown));
    }

    [Fact]
    public void End_of_a_message_that_is_much_longer_than_its_preview_is_left_to_the_event()
    {
        var cursor = new PreviewCursor();
        Assert.Equal(2, cursor.Next(Preview("x")).Count());

        Assert.Null(cursor.RestOf(Stored(new string('x', MessagePreview.MaxLength + 2))));
    }

    [Fact]
    public void Feed_drops_a_preview_when_its_event_is_stored_and_when_the_turn_ends()
    {
        var feed = new EventFeed(0);
        foreach (var end in (SessionEvent[])[Stored("one two"), Stored("other") with { Id = default, Type = EventTypes.StatusIdle }])
        {
            feed.Show(Preview("one"));
            feed.Publish([Stored("between") with { Id = EventId.From(Id, "between") }]);
            Assert.NotNull(feed.Preview);

            feed.Publish([end]);

            Assert.Null(feed.Preview);
        }
    }

    [Fact]
    public void Feed_wakes_only_viewers_of_previews_and_only_when_there_is_more()
    {
        var feed = new EventFeed(0);
        var preview = Preview("one");
        var (changed, grown) = (feed.Changed, feed.ChangedOrGrown);

        feed.Show(preview);
        var again = feed.ChangedOrGrown;
        feed.Show(preview);

        Assert.Equal((false, true, false), (changed.IsCompleted, grown.IsCompleted, again.IsCompleted));
        preview.Add(" two");
        feed.Show(preview);
        Assert.True(again.IsCompleted);
    }

    private static MessagePreview Preview(params string[] pieces)
    {
        var preview = new MessagePreview(Message, Turn);
        Array.ForEach(pieces, preview.Add);
        return preview;
    }

    private static SessionEvent Stored(string text) => new(
        1, Message, EventTypes.AgentMessage, Turn, default, null, EventJson.Write(new AgentMessage([new ContentBlock(text)])));

    private static string Text(IEnumerable<SessionEvent> shown) =>
        string.Concat(shown.Select(EventJson.Read).OfType<EventDelta>().Select(delta => delta.Delta.Content.Text));
}
