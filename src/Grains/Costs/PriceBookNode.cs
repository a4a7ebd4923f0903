using System.Text.Json;

namespace Colloquy.Grains.Costs;

/// <summary>A JSON value of a price book with its path, so that every complaint can say where.</summary>
internal readonly record struct PriceBookNode(string Path, JsonElement Value)
{
    public PriceBookException Wrong(string expected) => new(Path, $"{Shown()} is wrong: {expected}");

    public PriceBookNode Required(string name) =>
        Optional(name) ?? throw new PriceBookException(Child(name), "this field is missing.");

    public PriceBookNode? Optional(string name)
    {
        Expect(JsonValueKind.Object, "an object.");
        return Value.TryGetProperty(name, out var child) ? new PriceBookNode(Child(name), child) : null;
    }

    /// <summary>The members of an object, each name once.</summary>
    public IReadOnlyList<(string Name, PriceBookNode Node)> Members()
    {
        Expect(JsonValueKind.Object, "an object.");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var members = new List<(string, PriceBookNode)>();
        foreach (var member in Value.EnumerateObject())
        {
            if (!seen.Add(member.Name))
            {
                throw new PriceBookException(Child(member.Name), "this name is there twice. Keep one of them.");
            }

            members.Add((member.Name, new PriceBookNode(Child(member.Name), member.Value)));
        }

        return members;
    }

    /// <summary>Refuses misspelt names: a field that is silently ignored is a price that silently does not apply.</summary>
    public void AllowOnly(params ReadOnlySpan<string> names)
    {
        foreach (var (name, node) in Members())
        {
            if (!names.Contains(name))
            {
                throw new PriceBookException(node.Path, $"this field is not known. Known are: {string.Join(", ", names!)}.");
            }
        }
    }

    public IEnumerable<PriceBookNode> Items()
    {
        Expect(JsonValueKind.Array, "an array.");
        var path = Path;
        return Value.EnumerateArray().Select((item, index) => new PriceBookNode($"{path}[{index}]", item)).ToList();
    }

    public string Text()
    {
        Expect(JsonValueKind.String, "a text.");
        return Value.GetString() is { } text && !string.IsNullOrWhiteSpace(text) ? text : throw Wrong("a text that is not empty.");
    }

    public bool Flag() => Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong("true or false."),
    };

    public long WholeNumber() =>
        Value.ValueKind == JsonValueKind.Number && Value.TryGetInt64(out var number) ? number : throw Wrong("a whole number.");

    /// <param name="highest">What lies above is a mistake in the unit, and would not fit the arithmetic.</param>
    public decimal Price(decimal highest) => Number(highest) ?? throw Wrong($"a price in USD, from 0 to {highest}.");

    /// <summary>By which prices are multiplied.</summary>
    public decimal Factor(decimal highest) => Number(highest) ?? throw Wrong($"a factor, from 0 to {highest}.");

    /// <summary>Null says that the price is not known.</summary>
    public decimal? PriceOrNull(decimal highest) => Value.ValueKind == JsonValueKind.Null ? null : Price(highest);

    private decimal? Number(decimal highest) =>
        Value.ValueKind == JsonValueKind.Number && Value.TryGetDecimal(out var number) && number >= 0 && number <= highest
            ? number
            : null;

    private void Expect(JsonValueKind kind, string expected)
    {
        if (Value.ValueKind != kind)
        {
            throw Wrong(expected);
        }
    }

    private string Child(string name) => Path == "$" ? name : $"{Path}.{name}";

    private string Shown()
    {
        const int MaxShown = 40;
        var text = Value.GetRawText();
        return text.Length <= MaxShown ? text : $"{text[..MaxShown]}...";
    }
}
