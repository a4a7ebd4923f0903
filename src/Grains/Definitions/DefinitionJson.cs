using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Colloquy.Grains.Definitions;

/// <summary>The stored form of definitions.</summary>
public static class DefinitionJson
{
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        IgnoreReadOnlyProperties = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Whether they say the same, whatever the order of their maps.</summary>
    public static bool AreSame<T>(T left, T right) => JsonNode.DeepEquals(
        JsonSerializer.SerializeToNode(left, Options), JsonSerializer.SerializeToNode(right, Options));

    /// <summary>How many bytes it takes to store it.</summary>
    public static int Size<T>(T stored) => JsonSerializer.SerializeToUtf8Bytes(stored, Options).Length;

    /// <summary>Tells a repeated request from another one.</summary>
    public static string Hash<T>(T request) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(request, Options)));
}
