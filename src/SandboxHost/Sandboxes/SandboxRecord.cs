using System.Text.Json;
using System.Text.Json.Serialization;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Sandboxes;

internal enum RecordedState
{
    Running,

    /// <summary>Also while it is being paused: a later server does what is left to do.</summary>
    Paused,
}

/// <summary>All that a later server needs to take over a sandbox.</summary>
/// <param name="StartedAt">When it was created or last resumed.</param>
/// <param name="EndAt">When its time is over; of a paused one, when it was paused.</param>
/// <param name="Init">Its first process; null without isolation.</param>
internal sealed record SandboxRecord(
    RecordedState State, SandboxRequest Request, DateTimeOffset StartedAt, DateTimeOffset EndAt, ProcessIdentity? Init)
{
    /// <exception cref="IOException">The disk is full. The earlier record is still there.</exception>
    internal void Write(SandboxFolder folder)
    {
        var next = folder.Record + ".next";
        using (var file = File.Create(next))
        {
            JsonSerializer.Serialize(file, this, RecordJson.Default.SandboxRecord);
            // A running sandbox does not survive the machine; a paused one must.
            file.Flush(flushToDisk: State == RecordedState.Paused);
        }

        File.Move(next, folder.Record, overwrite: true);
    }

    /// <returns>Null if there is none: the sandbox was never finished, or its removal was not.</returns>
    /// <exception cref="JsonException">It is not one of ours.</exception>
    internal static SandboxRecord? Read(SandboxFolder folder)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(folder.Record), RecordJson.Default.SandboxRecord);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(SandboxRecord))]
internal sealed partial class RecordJson : JsonSerializerContext;
