using System.Text.Json;

namespace Colloquy.Cli.Api;

/// <param name="Json">The answer as the server gave it, for <c>--json</c>.</param>
internal sealed record FileListView(string Path, IReadOnlyList<FileView> Data, JsonElement Json)
{
    public static FileListView Parse(JsonElement json) => new(
        json.Text("path") ?? "", json.GetProperty("data").Deserialize<IReadOnlyList<FileView>>(ApiJson.Options) ?? [], json);
}

/// <param name="Type">file, folder or link.</param>
internal sealed record FileView(string Name, string Path, string Type, long Size, DateTimeOffset ModifiedAt, string? LinkTarget);

internal sealed record StoredFileView(string Path, long Size);

/// <param name="Json">The answer as the server gave it, for <c>--json</c>.</param>
internal sealed record SandboxListView(
    IReadOnlyList<SandboxView> Data, int Running, int Paused, int Orphans, long SweptSinceStart, JsonElement Json)
{
    public static SandboxListView Parse(JsonElement json) =>
        json.Deserialize<SandboxListView>(ApiJson.Options)! with { Json = json };
}

internal sealed record SandboxView(
    string Id,
    string? SessionId,
    string State,
    DateTimeOffset Since,
    DateTimeOffset? Until,
    [property: System.Text.Json.Serialization.JsonPropertyName("vcpus")] int VCpus,
    int MemoryMib,
    bool Held);
