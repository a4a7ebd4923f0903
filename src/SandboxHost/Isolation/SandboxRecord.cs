using System.Text.Json;
using System.Text.Json.Serialization;
using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Isolation;

/// <summary>What a later server needs to find and end a sandbox that this one left behind.</summary>
/// <param name="InitPid">The host's pid of the first process inside; null without isolation.</param>
/// <param name="InitStartTime">Clock ticks since boot. With it, the pid cannot be mistaken for a later process.</param>
internal sealed record SandboxRecord(string SandboxId, int? InitPid, long? InitStartTime)
{
    private const string FileName = "sandbox.json";

    internal static SandboxRecord Of(string sandboxId, ICage cage) => cage is BubblewrapCage { InitPid: var pid }
        ? new(sandboxId, pid, ProcessTable.StartTime(pid))
        : new(sandboxId, null, null);

    internal void Write(string folder) =>
        File.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, RecordJson.Default.SandboxRecord));

    /// <returns>Null if there is none that can be read: the server died before it had written it.</returns>
    internal static SandboxRecord? Read(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize(
                File.ReadAllBytes(Path.Combine(folder, FileName)), RecordJson.Default.SandboxRecord);
        }
        catch (Exception unreadable) when (unreadable is IOException or JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SandboxRecord))]
internal sealed partial class RecordJson : JsonSerializerContext;
