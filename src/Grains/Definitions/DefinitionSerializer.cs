using System.Text.Json;
using Orleans.Storage;

namespace Colloquy.Grains.Definitions;

/// <summary>Stores grain states as plain JSON: no type names, and readable in the database.</summary>
public sealed class DefinitionSerializer : IGrainStorageSerializer
{
    public BinaryData Serialize<T>(T? input) => new(JsonSerializer.SerializeToUtf8Bytes(input, DefinitionJson.Options));

    public T Deserialize<T>(BinaryData input) =>
        JsonSerializer.Deserialize<T>(input, DefinitionJson.Options)
        ?? throw new InvalidDataException($"A stored {typeof(T).Name} is empty.");
}
