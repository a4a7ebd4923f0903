using System.Text.Json.Serialization;
using Colloquy.SandboxHost.Processes;

namespace Colloquy.SandboxHost.Isolation;

/// <summary>A process of the host. Its start time, in clock ticks since boot, tells it from a later one of the same pid.</summary>
internal sealed record HostProcess(int Pid, long StartTime);

/// <summary>A command, for a later server.</summary>
/// <param name="Pid">As the sandbox sees it.</param>
/// <param name="Process">The command as the host sees it.</param>
/// <param name="Input">Whether its input is open; false from the start or since it was closed.</param>
internal sealed record ProcessRecord(int Pid, HostProcess Process, HostProcess Shim, ProcessSpec Spec, bool Input);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ProcessRecord))]
internal sealed partial class ProcessJson : JsonSerializerContext;
