namespace Colloquy.Sessions;

/// <summary>
/// Names one event of a session. It is derived from what caused the event, so writing the same event again
/// gives the same id, and the journal can tell a repetition from something new.
/// </summary>
[GenerateSerializer, Immutable, Alias("sessions.event-id")]
public readonly record struct EventId([property: Id(0)] string Value)
{
    private const string Prefix = "sevt_";

    /// <param name="session">The session that the event belongs to.</param>
    /// <param name="sourceKey">What caused it, unique within the session: see <see cref="SourceKey"/>.</param>
    public static EventId From(SessionId session, string sourceKey) =>
        new(Identifiers.Derived(Prefix, session.Value + "\n" + sourceKey));

    public static bool TryParse(string? value, out EventId id)
    {
        id = new EventId(value ?? "");
        return Identifiers.IsValid(value, Prefix);
    }

    public override string ToString() => Value;
}
