using Colloquy.Sessions;

namespace Colloquy.Grains.Agents;

/// <summary>Collects the events of one output line.</summary>
internal readonly record struct LineEvents(
    SessionId Session, TurnId Turn, long Start, long End, List<AgentOutputEvent> Events)
{
    public void Add(string sourceKey, EventBody body, BookedCall? call = null) =>
        Events.Add(new AgentOutputEvent(sourceKey, body, End, call));

    public EventId IdOf(string sourceKey) => EventId.From(Session, sourceKey);
}
