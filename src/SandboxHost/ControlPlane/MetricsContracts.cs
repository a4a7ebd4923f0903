using System.Text.Json.Serialization;
using Colloquy.SandboxHost.Limits;

namespace Colloquy.SandboxHost.ControlPlane;

/// <summary>One sample; sizes in bytes.</summary>
internal sealed record MetricsBody
{
    [JsonPropertyName("timestamp")] public required DateTimeOffset Timestamp { get; init; }
    [JsonPropertyName("timestampUnix")] public required long TimestampUnix { get; init; }
    [JsonPropertyName("cpuCount")] public required int CpuCount { get; init; }
    [JsonPropertyName("cpuUsedPct")] public required double CpuUsedPct { get; init; }
    [JsonPropertyName("memUsed")] public required long MemUsed { get; init; }
    [JsonPropertyName("memTotal")] public required long MemTotal { get; init; }
    [JsonPropertyName("memCache")] public required long MemCache { get; init; }
    [JsonPropertyName("diskUsed")] public required long DiskUsed { get; init; }
    [JsonPropertyName("diskTotal")] public required long DiskTotal { get; init; }

    internal static MetricsBody Of(MetricsSample sample, SandboxLimits limits) => new()
    {
        Timestamp = sample.Time,
        TimestampUnix = sample.Time.ToUnixTimeSeconds(),
        CpuCount = limits.VCpus,
        CpuUsedPct = sample.CpuUsedPct,
        MemUsed = sample.Usage.MemoryBytes,
        MemTotal = limits.MemoryBytes,
        MemCache = sample.Usage.CacheBytes,
        DiskUsed = sample.Usage.Disk.Used,
        DiskTotal = sample.Usage.Disk.Total,
    };
}

internal sealed record LatestMetricsBody
{
    [JsonPropertyName("sandboxes")] public required IReadOnlyDictionary<string, MetricsBody> Sandboxes { get; init; }
}

[JsonSerializable(typeof(IReadOnlyList<MetricsBody>))]
[JsonSerializable(typeof(LatestMetricsBody))]
internal sealed partial class MetricsJson : JsonSerializerContext;
