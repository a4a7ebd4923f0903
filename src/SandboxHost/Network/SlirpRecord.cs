using System.Text.Json;
using System.Text.Json.Serialization;

namespace Colloquy.SandboxHost.Network;

/// <summary>Who keeps a sandbox connected, for the next server.</summary>
/// <param name="Init">The sandbox's first process: of an earlier run's, the keeper may be about to end.</param>
/// <param name="StartTime">Clock ticks since boot. With it, the pid cannot be mistaken for a later process.</param>
internal sealed record SlirpRecord(int Init, int Pid, long StartTime)
{
    private const string FileName = "slirp.json";

    internal void Write(string folder) =>
        File.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, SlirpJson.Default.SlirpRecord));

    /// <returns>Null if there is none that can be read.</returns>
    internal static SlirpRecord? Read(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize(
                File.ReadAllBytes(Path.Combine(folder, FileName)), SlirpJson.Default.SlirpRecord);
        }
        catch (Exception unreadable) when (unreadable is IOException or JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SlirpRecord))]
internal sealed partial class SlirpJson : JsonSerializerContext;
