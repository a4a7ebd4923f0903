using System.Text.Json;
using System.Text.Json.Nodes;

namespace Colloquy.Emulators;

/// <summary>A content block of an answer.</summary>
public abstract record Block
{
    private Block()
    {
    }

    /// <summary>The characters that the model has written for it.</summary>
    internal abstract int Size { get; }

    /// <summary>As it is when it begins: nothing in it yet.</summary>
    internal abstract JsonObject Empty();

    /// <summary>As it is when it is complete.</summary>
    internal abstract JsonObject Whole();

    /// <summary>What leads from one to the other.</summary>
    internal abstract IEnumerable<JsonObject> Deltas();

    public sealed record Text(string Value) : Block
    {
        internal override int Size => Value.Length;

        internal override JsonObject Empty() => new() { ["type"] = "text", ["text"] = "", ["citations"] = null };

        internal override JsonObject Whole() => new() { ["type"] = "text", ["text"] = Value, ["citations"] = null };

        internal override IEnumerable<JsonObject> Deltas() =>
            Pieces(Value).Select(piece => new JsonObject { ["type"] = "text_delta", ["text"] = piece });
    }

    public sealed record Thinking(string Value) : Block
    {
        // Opaque to clients, who have to send it back as it is.
        private const string Signature = "ZW11bGF0b3Itc2lnbmF0dXJl";

        internal override int Size => Value.Length;

        internal override JsonObject Empty() =>
            new() { ["type"] = "thinking", ["thinking"] = "", ["signature"] = "" };

        internal override JsonObject Whole() =>
            new() { ["type"] = "thinking", ["thinking"] = Value, ["signature"] = Signature };

        internal override IEnumerable<JsonObject> Deltas() => Pieces(Value)
            .Select(piece => new JsonObject { ["type"] = "thinking_delta", ["thinking"] = piece })
            .Append(new JsonObject { ["type"] = "signature_delta", ["signature"] = Signature });
    }

    /// <param name="Input">The tool's input, as an object that is written as JSON.</param>
    public sealed record ToolUse(string Name, object Input) : Block
    {
        internal string Id { get; } = Ids.New("toolu_");

        internal override int Size => Json.Length;

        private string Json => JsonSerializer.Serialize(Input);

        internal override JsonObject Empty() => With(new JsonObject());

        internal override JsonObject Whole() => With(JsonNode.Parse(Json));

        internal override IEnumerable<JsonObject> Deltas() => Pieces(Json)
            .Prepend("")
            .Select(piece => new JsonObject { ["type"] = "input_json_delta", ["partial_json"] = piece });

        private JsonObject With(JsonNode? input) => new()
        {
            ["type"] = "tool_use",
            ["id"] = Id,
            ["name"] = Name,
            ["input"] = input,
            ["caller"] = new JsonObject { ["type"] = "direct" },
        };
    }

    private static IEnumerable<string> Pieces(string text) => text.Chunk(9).Select(piece => new string(piece));
}
