using Colloquy.Sessions;

namespace Colloquy.Environments;

/// <summary>Names one environment: <c>env_</c> and lower-case letters or digits. It is also the key of its grain.</summary>
[GenerateSerializer, Immutable, Alias("environments.id")]
public readonly record struct EnvironmentId([property: Id(0)] string Value)
{
    private const string Prefix = "env_";

    public bool IsBuiltIn => Value == BuiltIn.DefaultEnvironment;

    public static EnvironmentId New() => new(Identifiers.Random(Prefix));

    /// <summary>The id that a repeated create with the same idempotency key always gets.</summary>
    public static EnvironmentId ForIdempotencyKey(string key) => new(Identifiers.Derived(Prefix, key));

    public static bool TryParse(string? value, out EnvironmentId id)
    {
        id = new EnvironmentId(value ?? "");
        return Identifiers.IsValid(value, Prefix);
    }

    public override string ToString() => Value;
}
