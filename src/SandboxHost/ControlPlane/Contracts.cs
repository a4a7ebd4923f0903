using System.Text.Json;
using System.Text.Json.Serialization;

namespace Colloquy.SandboxHost.ControlPlane;

// The names are E2B's; they follow no rule that a naming policy could know.
internal sealed record CreateBody
{
    [JsonPropertyName("templateID")] public string? TemplateId { get; init; }
    [JsonPropertyName("timeout")] public int? Timeout { get; init; }
    [JsonPropertyName("metadata")] public Dictionary<string, string>? Metadata { get; init; }
    [JsonPropertyName("envVars")] public Dictionary<string, string>? EnvVars { get; init; }
    [JsonPropertyName("autoPause")] public bool AutoPause { get; init; }
    [JsonPropertyName("autoPauseMemory")] public bool? AutoPauseMemory { get; init; }
    [JsonPropertyName("autoResume")] public AutoResumeBody? AutoResume { get; init; }
    [JsonPropertyName("allow_internet_access")] public bool? AllowInternetAccess { get; init; }
    [JsonPropertyName("network")] public NetworkBody? Network { get; init; }
    [JsonPropertyName("mcp")] public JsonElement? Mcp { get; init; }
    [JsonPropertyName("iam")] public JsonElement? Iam { get; init; }
    [JsonPropertyName("volumeMounts")] public JsonElement? VolumeMounts { get; init; }

    // What follows is our own: E2B sizes sandboxes by their templates.
    [JsonPropertyName("cpuCount")] public int? CpuCount { get; init; }
    [JsonPropertyName("memoryMB")] public int? MemoryMb { get; init; }
    [JsonPropertyName("diskSizeMB")] public int? DiskSizeMb { get; init; }
}

internal sealed record AutoResumeBody
{
    [JsonPropertyName("enabled")] public bool Enabled { get; init; }
}

internal sealed record NetworkBody
{
    [JsonPropertyName("allowPublicTraffic")] public bool? AllowPublicTraffic { get; init; }
    [JsonPropertyName("allowOut")] public IReadOnlyList<string>? AllowOut { get; init; }
    [JsonPropertyName("denyOut")] public IReadOnlyList<string>? DenyOut { get; init; }

    /// <summary>What this host does not know.</summary>
    [JsonExtensionData] public Dictionary<string, JsonElement>? Others { get; set; }
}

internal sealed record TimeoutBody
{
    [JsonPropertyName("timeout")] public int? Timeout { get; init; }
}

internal sealed record ResumeBody
{
    [JsonPropertyName("timeout")] public int? Timeout { get; init; }
    [JsonPropertyName("autoPause")] public bool? AutoPause { get; init; }
}

internal sealed record RefreshBody
{
    [JsonPropertyName("duration")] public int Duration { get; init; }
}

/// <summary>Whether to keep what is in memory is a wish: this host keeps files.</summary>
internal sealed record PauseBody
{
    [JsonPropertyName("memory")] public bool? Memory { get; init; }
}

/// <summary>What create and connect answer.</summary>
internal sealed record SandboxBody
{
    [JsonPropertyName("sandboxID")] public required string SandboxId { get; init; }
    [JsonPropertyName("templateID")] public required string TemplateId { get; init; }
    [JsonPropertyName("alias")] public required string Alias { get; init; }
    [JsonPropertyName("clientID")] public required string ClientId { get; init; }
    [JsonPropertyName("envdVersion")] public required string EnvdVersion { get; init; }
    [JsonPropertyName("envdAccessToken")] public required string EnvdAccessToken { get; init; }
    [JsonPropertyName("trafficAccessToken")] public string? TrafficAccessToken { get; init; }
}

/// <summary>What get answers, and list without the members that may be missing here.</summary>
internal sealed record SandboxDetails
{
    [JsonPropertyName("sandboxID")] public required string SandboxId { get; init; }
    [JsonPropertyName("templateID")] public required string TemplateId { get; init; }
    [JsonPropertyName("alias")] public required string Alias { get; init; }
    [JsonPropertyName("clientID")] public required string ClientId { get; init; }
    [JsonPropertyName("startedAt")] public required DateTimeOffset StartedAt { get; init; }
    [JsonPropertyName("endAt")] public required DateTimeOffset EndAt { get; init; }
    [JsonPropertyName("state")] public required string State { get; init; }
    [JsonPropertyName("envdVersion")] public required string EnvdVersion { get; init; }
    [JsonPropertyName("envdAccessToken")] public string? EnvdAccessToken { get; init; }
    [JsonPropertyName("allowInternetAccess")] public bool? AllowInternetAccess { get; init; }
    [JsonPropertyName("cpuCount")] public required int CpuCount { get; init; }
    [JsonPropertyName("memoryMB")] public required int MemoryMb { get; init; }
    [JsonPropertyName("diskSizeMB")] public required long DiskSizeMb { get; init; }
    [JsonPropertyName("metadata")] public IReadOnlyDictionary<string, string>? Metadata { get; init; }
    [JsonPropertyName("lifecycle")] public SandboxLifecycle? Lifecycle { get; init; }
}

internal sealed record SandboxLifecycle
{
    [JsonPropertyName("autoResume")] public required bool AutoResume { get; init; }
    [JsonPropertyName("onTimeout")] public required string OnTimeout { get; init; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CreateBody))]
[JsonSerializable(typeof(TimeoutBody))]
[JsonSerializable(typeof(ResumeBody))]
[JsonSerializable(typeof(RefreshBody))]
[JsonSerializable(typeof(PauseBody))]
[JsonSerializable(typeof(SandboxBody))]
[JsonSerializable(typeof(SandboxDetails))]
[JsonSerializable(typeof(IReadOnlyList<SandboxDetails>))]
internal sealed partial class ControlPlaneJson : JsonSerializerContext;
