using System.Text.Json;
using System.Text.Json.Nodes;

namespace Colloquy.Silo.Sandboxes;

internal sealed class FakeSandbox(string id, Dictionary<string, string> metadata, DateTimeOffset startedAt)
{
    public string Id => id;

    public Dictionary<string, string> Metadata => metadata;

    public DateTimeOffset StartedAt => startedAt;

    public DateTimeOffset EndAt { get; set; }

    public string State { get; set; } = "running";

    /// <summary>With times as Go writes them.</summary>
    public JsonNode ToJson() => new JsonObject
    {
        ["sandboxID"] = id,
        ["templateID"] = "rki5dems9wqfm4r03t7g",
        ["clientID"] = "6532622b",
        ["startedAt"] = startedAt.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", null),
        ["endAt"] = EndAt.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", null),
        ["state"] = State,
        ["cpuCount"] = 2,
        ["memoryMB"] = 512,
        ["metadata"] = JsonSerializer.SerializeToNode(metadata),
    };
}
