using Colloquy.Sessions;

namespace Colloquy.Agents;

/// <summary>Names one agent: <c>agent_</c> and lower-case letters or digits, or a built-in one. The key of its grain.</summary>
[GenerateSerializer, Immutable, Alias("agents.id")]
public readonly record struct AgentId([property: Id(0)] string Value)
{
    private const string Prefix = "agent_";

    public bool IsBuiltIn => BuiltIn.Agents.Contains(Value);

    public static AgentId New() => new(Identifiers.Random(Prefix));

    /// <summary>The id that a repeated create with the same idempotency key always gets.</summary>
    public static AgentId ForIdempotencyKey(string key) => new(Identifiers.Derived(Prefix, key));

    public static bool TryParse(string? value, out AgentId id)
    {
        id = new AgentId(value ?? "");
        return id.IsBuiltIn || Identifiers.IsValid(value, Prefix);
    }

    public override string ToString() => Value;
}
