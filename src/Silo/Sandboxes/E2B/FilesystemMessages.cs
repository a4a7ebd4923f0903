using System.Text.Json.Serialization;

namespace Colloquy.Silo.Sandboxes.E2B;

// Messages of filesystem.Filesystem/ListDir. Servers omit members that have their default value, and write 64-bit
// numbers as text.

internal sealed record ListDirRequest(
    [property: JsonPropertyName("path")] string Path,
    [property: JsonPropertyName("depth")] int Depth);

internal sealed record ListDirResponse([property: JsonPropertyName("entries")] IReadOnlyList<EntryInfo>? Entries);

internal sealed record EntryInfo(
    [property: JsonPropertyName("name")] string? Name,
    [property: JsonPropertyName("type")] string? Type,
    [property: JsonPropertyName("path")] string? Path,
    [property: JsonPropertyName("size"), JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)] long Size,
    [property: JsonPropertyName("modifiedTime")] DateTimeOffset? ModifiedTime,
    [property: JsonPropertyName("symlinkTarget")] string? SymlinkTarget);
