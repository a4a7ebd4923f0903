using System.Text.Json;
using System.Text.Json.Serialization;

namespace Colloquy.Silo.Sandboxes.E2B;

// Every name is explicit: E2B's spelling follows no policy (templateID, envVars, allow_internet_access).

/// <param name="Timeout">Seconds.</param>
/// <param name="AutoPause">Paused rather than killed when its time is over.</param>
/// <param name="AutoPauseMemory">False: a pause keeps the files only.</param>
internal sealed record E2BCreate(
    [property: JsonPropertyName("templateID")] string TemplateId,
    [property: JsonPropertyName("timeout")] int Timeout,
    [property: JsonPropertyName("autoPause")] bool AutoPause,
    [property: JsonPropertyName("autoPauseMemory")] bool AutoPauseMemory,
    [property: JsonPropertyName("metadata")] IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Null for what the server lets sandboxes reach.</summary>
    [JsonPropertyName("allow_internet_access")] public bool? AllowInternetAccess { get; init; }

    [JsonPropertyName("network")] public E2BNetwork? Network { get; init; }

    // Known to our own host only: E2B sizes sandboxes by their templates, and ignores what it does not know.

    [JsonPropertyName("cpuCount")] public int? CpuCount { get; init; }

    [JsonPropertyName("memoryMB")] public int? MemoryMiB { get; init; }

    [JsonPropertyName("diskSizeMB")] public int? DiskMiB { get; init; }
}

/// <param name="AllowOut">Hosts. Where there are any, <paramref name="DenyOut"/> must name everything else.</param>
internal sealed record E2BNetwork(
    [property: JsonPropertyName("allowOut")] IReadOnlyList<string> AllowOut,
    [property: JsonPropertyName("denyOut")] IReadOnlyList<string>? DenyOut);

/// <param name="Timeout">Seconds.</param>
internal sealed record E2BTimeout([property: JsonPropertyName("timeout")] int Timeout);

/// <param name="Memory">False: the files only.</param>
internal sealed record E2BPause([property: JsonPropertyName("memory")] bool Memory);

/// <summary>What a client needs to use a sandbox. The token is as secret as the key.</summary>
internal sealed record E2BSandboxAccess(
    [property: JsonPropertyName("sandboxID")] string SandboxId,
    [property: JsonPropertyName("envdVersion")] string? EnvdVersion,
    [property: JsonPropertyName("envdAccessToken")] string? EnvdAccessToken,
    [property: JsonPropertyName("domain")] string? Domain)
{
    // Without the token: text ends in logs.
    public override string ToString() => SandboxId;
}

internal sealed record E2BSandboxInfo(
    [property: JsonPropertyName("sandboxID")] string SandboxId,
    [property: JsonPropertyName("startedAt")] DateTimeOffset StartedAt,
    [property: JsonPropertyName("endAt")] DateTimeOffset EndAt,
    [property: JsonPropertyName("state")] string? State,
    [property: JsonPropertyName("cpuCount")] int CpuCount,
    [property: JsonPropertyName("memoryMB")] int MemoryMiB,
    [property: JsonPropertyName("metadata")] IReadOnlyDictionary<string, string>? Metadata)
{
    public bool IsPaused => State == "paused";
}

/// <summary>The body of an error. Its code is a number from some servers and a word from others.</summary>
internal sealed record E2BError(
    [property: JsonPropertyName("code")] JsonElement Code,
    [property: JsonPropertyName("message")] string? Message);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(E2BCreate))]
[JsonSerializable(typeof(E2BTimeout))]
[JsonSerializable(typeof(E2BPause))]
[JsonSerializable(typeof(E2BSandboxAccess))]
[JsonSerializable(typeof(List<E2BSandboxInfo>))]
[JsonSerializable(typeof(E2BError))]
[JsonSerializable(typeof(StartRequest))]
[JsonSerializable(typeof(StreamMessage))]
[JsonSerializable(typeof(StreamTrailer))]
[JsonSerializable(typeof(ListDirRequest))]
[JsonSerializable(typeof(ListDirResponse))]
internal sealed partial class E2BJson : JsonSerializerContext;
