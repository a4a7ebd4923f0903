namespace Colloquy.SandboxHost.Limits;

/// <summary>What a sandbox uses and has used, as far as its groups can tell; null where they cannot.</summary>
/// <param name="MemoryBytes">Without the cache of files.</param>
/// <param name="CacheBytes">Files in memory: counted against the limit, but given up before anything is killed.</param>
/// <param name="OomKills">Processes that the kernel killed because the sandbox was out of memory.</param>
/// <param name="RefusedForks">Processes that could not start because there were too many.</param>
internal sealed record CgroupUsage(
    long? MemoryBytes, long? CacheBytes, TimeSpan? CpuTime, int? Processes, long OomKills, long RefusedForks)
{
    internal static CgroupUsage Read(IReadOnlyDictionary<string, CgroupFolder> groups)
    {
        var (memory, cache, kills) = groups.TryGetValue(CgroupSettings.Memory, out var group) ? ReadMemory(group) : default;
        var processes = groups.GetValueOrDefault(CgroupSettings.Processes)?.Path;
        return new CgroupUsage(
            memory - cache, cache,
            groups.TryGetValue(CgroupSettings.CpuAccounting, out var cpu) ? ReadCpu(cpu) : null,
            processes is null ? null : (int)CgroupFile.ReadNumber(processes, "pids.current"),
            kills,
            processes is null ? 0 : CgroupFile.ReadValue(processes, "pids.events", "max"));
    }

    private static (long? Memory, long? Cache, long Kills) ReadMemory(CgroupFolder group) => group.IsV2
        ? (CgroupFile.ReadNumber(group.Path, "memory.current"),
            CgroupFile.ReadValue(group.Path, "memory.stat", "file"),
            CgroupFile.ReadValue(group.Path, "memory.events", "oom_kill"))
        : (CgroupFile.ReadNumber(group.Path, "memory.usage_in_bytes"),
            CgroupFile.ReadValue(group.Path, "memory.stat", "total_cache"),
            CgroupFile.ReadValue(group.Path, "memory.oom_control", "oom_kill"));

    private static TimeSpan ReadCpu(CgroupFolder group) => group.IsV2
        ? TimeSpan.FromMicroseconds(CgroupFile.ReadValue(group.Path, "cpu.stat", "usage_usec"))
        : TimeSpan.FromMicroseconds(CgroupFile.ReadNumber(group.Path, "cpuacct.usage") / 1000.0);
}
