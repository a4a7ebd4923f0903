using System.Text.Json.Serialization;

namespace Colloquy.SandboxHost.DataPlane;

internal sealed record PathRequest(string? Path);

internal sealed record ListDirRequest(string? Path, uint? Depth);

internal sealed record MoveRequest(string? Source, string? Destination);

internal sealed record EmptyResponse;

internal sealed record EntryResponse(EntryInfo Entry);

internal sealed record ListDirResponse(IReadOnlyList<EntryInfo>? Entries);

internal sealed record WatchRequest(string? Path, bool? Recursive, bool? IncludeEntry, bool? AllowNetworkMounts);

internal sealed record WatchMessage(EmptyResponse? Start, FilesystemEvent? Filesystem, EmptyResponse? Keepalive);

internal sealed record FilesystemEvent(string Name, string Type, EntryInfo? Entry);

internal sealed record WatcherMessage(string? WatcherId);

internal sealed record WatcherEventsResponse(IReadOnlyList<FilesystemEvent>? Events);

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
[JsonSerializable(typeof(WatchRequest))]
[JsonSerializable(typeof(WatchMessage))]
[JsonSerializable(typeof(WatcherMessage))]
[JsonSerializable(typeof(WatcherEventsResponse))]
internal sealed partial class FilesystemJson : JsonSerializerContext;
