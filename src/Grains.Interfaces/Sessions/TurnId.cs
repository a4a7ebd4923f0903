namespace Colloquy.Sessions;

/// <summary>Names one turn: what runs between a user message and the next idle.</summary>
[GenerateSerializer, Immutable, Alias("sessions.turn-id")]
public readonly record struct TurnId([property: Id(0)] string Value)
{
    private const string Prefix = "turn_";

    /// <summary>Each message is answered by one turn, so the message's id determines the turn's.</summary>
    public static TurnId For(EventId message) => new(Identifiers.Derived(Prefix, message.Value));

    public override string ToString() => Value;
}
