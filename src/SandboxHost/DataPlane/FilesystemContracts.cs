using System.Text.Json.Serialization;

namespace Colloquy.SandboxHost.DataPlane;

internal sealed record PathRequest(string? Path);

internal sealed record ListDirRequest(string? Path, uint? Depth);

internal sealed record MoveRequest(string? Source, string? Destination);

internal sealed record EmptyResponse;

internal sealed record EntryResponse(EntryInfo Entry);

internal sealed record ListDirResponse(IReadOnlyList<EntryInfo>? Entries);

/// <summary>As proto3 JSON: members that have their type's default value are left out.</summary>
internal sealed record EntryInfo(
    string? Name,
    string? Type,
    string? Path,
    string? Size,
    uint? Mode,
    string? Permissions,
    string? Owner,
    string? Group,
    string? ModifiedTime,
    string? SymlinkTarget,
    IReadOnlyDictionary<string, string>? Metadata);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(PathRequest))]
[JsonSerializable(typeof(ListDirRequest))]
[JsonSerializable(typeof(MoveRequest))]
[JsonSerializable(typeof(EmptyResponse))]
[JsonSerializable(typeof(EntryResponse))]
[JsonSerializable(typeof(ListDirResponse))]
internal sealed partial class FilesystemJson : JsonSerializerContext;
