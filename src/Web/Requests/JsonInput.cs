using System.Text.Json;
using Colloquy.Sessions;

namespace Colloquy.Web.Requests;

/// <summary>A value of a request and where it stands, so that errors can name it.</summary>
internal readonly record struct JsonInput(JsonElement Element, string Path)
{
    public const string Root = "body";

    public JsonValueKind Kind => Element.ValueKind;

    /// <returns>The member, or null if it is absent or null.</returns>
    public JsonInput? Member(string name) =>
        Object().TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? new JsonInput(value, Path == Root ? name : $"{Path}.{name}")
            : null;

    public string Text()
    {
        Expect(JsonValueKind.String, "a string");
        try
        {
            return Element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Wrong("holds half of a surrogate pair or bytes that are not UTF-8.");
        }
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

    public IEnumerable<KeyValuePair<string, JsonInput>> Members()
    {
        var path = Path;
        return Object().EnumerateObject().Select(member =>
            KeyValuePair.Create(member.Name, new JsonInput(member.Value, $"{path}.{member.Name}")));
    }

    public InvalidInputException Wrong(string message) => new(Path, message);

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
