using System.Text.Json.Serialization;
using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>What a sandbox uses now, in the shape of E2B's daemon.</summary>
internal sealed class EnvdMetrics(MetricsSampler sampler, TimeProvider time)
{
    internal void Map(IEndpointRouteBuilder routes) => routes.MapGet("/metrics", DataPlaneRouting.Guard(ShowAsync));

    private Task ShowAsync(HttpContext http, Sandbox sandbox)
    {
        const int MiB = 20;
        var usage = sandbox.Resources?.Read(sandbox.Resources.IsMeasured ? ProcessScan.Read() : null) ?? default;
        var limits = sandbox.Limits;
        return http.Response.WriteAsJsonAsync(
            new EnvdMetricsBody(
                time.GetUtcNow().ToUnixTimeSeconds(),
                limits.VCpus,
                sampler.Of(sandbox.Id).Latest?.CpuUsedPct ?? 0,
                limits.MemoryBytes, usage.MemoryBytes, usage.CacheBytes,
                limits.MemoryMiB, usage.MemoryBytes >> MiB,
                usage.Disk.Used, usage.Disk.Total),
            EnvdMetricsJson.Default.EnvdMetricsBody);
    }
}

internal sealed record EnvdMetricsBody(
    long Ts, int CpuCount, double CpuUsedPct, long MemTotal, long MemUsed, long MemCache, long MemTotalMib,
    long MemUsedMib, long DiskUsed, long DiskTotal);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(EnvdMetricsBody))]
internal sealed partial class EnvdMetricsJson : JsonSerializerContext;
