namespace Colloquy.Sessions;

/// <summary>Names one session: <c>sesn_</c> and lower-case letters or digits. It is also the key of its grain.</summary>
[GenerateSerializer, Immutable, Alias("sessions.id")]
public readonly record struct SessionId([property: Id(0)] string Value)
{
    private const string Prefix = "sesn_";

    public static SessionId New() => new(Identifiers.Random(Prefix));

    /// <summary>The id that a repeated create with the same idempotency key always gets.</summary>
    public static SessionId ForIdempotencyKey(string key) => new(Identifiers.Derived(Prefix, key));

    public static bool TryParse(string? value, out SessionId id)
    {
        id = new SessionId(value ?? "");
        return Identifiers.IsValid(value, Prefix);
    }

    public override string ToString() => Value;
}
