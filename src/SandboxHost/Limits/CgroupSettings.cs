using System.Globalization;

namespace Colloquy.SandboxHost.Limits;

/// <param name="Optional">Absent on some kernels, and not needed then.</param>
internal sealed record CgroupSetting(string File, string Value, bool Optional = false);

/// <summary>What is written into a group's files for given limits.</summary>
internal static class CgroupSettings
{
    internal const string Memory = "memory", Cpu = "cpu", CpuAccounting = "cpuacct", Processes = "pids", Freezer = "freezer";

    /// <summary>In the order in which a start log tells of them.</summary>
    internal static readonly IReadOnlyList<string> Controllers = [Memory, Cpu, CpuAccounting, Processes, Freezer];

    private const int PeriodMicroseconds = 100_000, SharesPerCpu = 1024, WeightPerCpu = 100, LargestWeight = 10_000;

    /// <summary>In the order in which they must be written.</summary>
    internal static IEnumerable<CgroupSetting> For(string controller, bool isV2, SandboxLimits limits) => (controller, isV2) switch
    {
        // Swap would only make the limit softer: what does not fit is killed. v1 counts memory and swap together.
        (Memory, false) =>
        [
            new("memory.limit_in_bytes", Text(limits.MemoryBytes)),
            new("memory.memsw.limit_in_bytes", Text(limits.MemoryBytes), Optional: true),
        ],
        (Memory, true) =>
            [new("memory.max", Text(limits.MemoryBytes)), new("memory.swap.max", "0", Optional: true)],
        (Cpu, false) =>
        [
            new("cpu.cfs_period_us", Text(PeriodMicroseconds)),
            new("cpu.cfs_quota_us", Text((long)limits.VCpus * PeriodMicroseconds)),
            new("cpu.shares", Text((long)limits.VCpus * SharesPerCpu)),
        ],
        (Cpu, true) =>
        [
            new("cpu.max", $"{Text((long)limits.VCpus * PeriodMicroseconds)} {Text(PeriodMicroseconds)}"),
            new("cpu.weight", Text(Math.Min((long)limits.VCpus * WeightPerCpu, LargestWeight))),
        ],
        (Processes, _) => [new("pids.max", Text(limits.MaxProcesses))],
        _ => [],
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
