namespace Colloquy.Sessions;

/// <summary>Live only: an event begins to be written. Said again for the same event, it begins anew.</summary>
public sealed record EventStart(PreviewedEvent Event) : EventBody(EventTypes.EventStart)
{
    /// <summary>The beginning of an <c>agent.message</c>.</summary>
    public static EventStart OfMessage(EventId id) => new(new PreviewedEvent(EventTypes.AgentMessage, id));
}

/// <param name="Id">The id that the event will have in the journal.</param>
public sealed record PreviewedEvent(string Type, EventId Id);

/// <summary>Live only: the next piece of an event that is being written.</summary>
public sealed record EventDelta(EventId EventId, ContentDelta Delta) : EventBody(EventTypes.EventDelta)
{
    /// <summary>More of the text of an <c>agent.message</c>.</summary>
    public static EventDelta OfText(EventId id, string text) => new(id, new ContentDelta(new ContentBlock(text)));
}

/// <param name="Content">To be appended to the block at <paramref name="Index"/> of the event's content.</param>
public sealed record ContentDelta(ContentBlock Content, int Index = 0, string Type = "content_delta");
