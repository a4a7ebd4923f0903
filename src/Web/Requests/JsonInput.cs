using System.Text.Json;
using Colloquy.Sessions;

namespace Colloquy.Web.Requests;

/// <summary>A value of a request and where it stands, so that errors can name it.</summary>
internal readonly record struct JsonInput(JsonElement Element, string Path)
{
    public const string Root = "body";

    private static readonly JsonElement EmptyObject = JsonSerializer.Deserialize<JsonElement>("{}");

    /// <param name="document">Null for an empty body, which is as good as an empty object.</param>
    public static JsonInput Of(JsonDocument? document) => new(document?.RootElement ?? EmptyObject, Root);

    public JsonValueKind Kind => Element.ValueKind;

    /// <returns>The member, or null if it is absent or null.</returns>
    public JsonInput? Member(string name)
    {
        var element = Object();
        var member = Decode(() => element.TryGetProperty(name, out var value) ? value : default);
        return member.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null
            ? null
            : new JsonInput(member, Path == Root ? name : $"{Path}.{name}");
    }

    /// <summary>Whether the member is there, if only as null.</summary>
    public bool Has(string name)
    {
        var element = Object();
        return Decode(() => element.TryGetProperty(name, out _));
    }

    /// <summary>What an update makes of a value: a member that is absent keeps it, null clears it.</summary>
    public T Merge<T>(string name, T present, T cleared, Func<JsonInput, T> read) =>
        !Has(name) ? present : Member(name) is { } member ? read(member) : cleared;

    public string Text()
    {
        Expect(JsonValueKind.String, "a string");
        return Decode(Element.GetString)!;
    }

    public bool Flag() => Kind is JsonValueKind.True or JsonValueKind.False
        ? Element.GetBoolean()
        : throw Wrong($"must be true or false, not {NameOf(Kind)}.");

    public int Integer()
    {
        Expect(JsonValueKind.Number, "a whole number");
        return Element.TryGetInt32(out var number) ? number : throw Wrong($"must be a whole number, not {Element.GetRawText()}.");
    }

    /// <summary>A number of seconds within the limits of a turn's timeout.</summary>
    public TimeSpan Seconds()
    {
        Expect(JsonValueKind.Number, "a number of seconds");
        return Element.TryGetDouble(out var seconds) && seconds is >= 1 and <= 86_400
            ? TimeSpan.FromSeconds(seconds)
            : throw Wrong($"must be 1 to 86400 seconds, not {Element.GetRawText()}.");
    }

    public IEnumerable<JsonInput> Items()
    {
        Expect(JsonValueKind.Array, "an array");
        var path = Path;
        return Element.EnumerateArray().Select((item, index) => new JsonInput(item, $"{path}[{index}]"));
    }

    public IReadOnlyList<string> Texts() => [.. Items().Select(item => item.Text())];

    /// <summary>An object whose values are strings.</summary>
    public IReadOnlyDictionary<string, string> Map() => Members().ToDictionary(
        member => member.Key, member => member.Value.Text(), StringComparer.Ordinal);

    public IEnumerable<KeyValuePair<string, JsonInput>> Members()
    {
        foreach (var member in Object().EnumerateObject())
        {
            var name = Decode(() => member.Name);
            yield return KeyValuePair.Create(name, new JsonInput(member.Value, $"{Path}.{name}"));
        }
    }

    public InvalidInputException Wrong(string message) => new(Path, message);

    /// <summary>Strings and names are decoded when they are asked for, and only then found to be no text.</summary>
    private T Decode<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            throw Wrong("holds text with half of a surrogate pair or with bytes that are not UTF-8.");
        }
    }

    private JsonElement Object()
    {
        Expect(JsonValueKind.Object, "an object");
        return Element;
    }

    private void Expect(JsonValueKind kind, string name)
    {
        if (Kind != kind)
        {
            throw Wrong($"must be {name}, not {NameOf(Kind)}.");
        }
    }

    private static string NameOf(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };
}
