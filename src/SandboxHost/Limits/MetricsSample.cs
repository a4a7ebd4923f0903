namespace Colloquy.SandboxHost.Limits;

/// <param name="CpuUsedPct">Of all its CPUs, 0 to 100, on average since the sample before.</param>
internal readonly record struct MetricsSample(DateTimeOffset Time, double CpuUsedPct, ResourceUsage Usage);
