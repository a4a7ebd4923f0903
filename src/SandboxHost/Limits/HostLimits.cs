namespace Colloquy.SandboxHost.Limits;

/// <summary>The limits of a host's sandboxes by the means that this machine has.</summary>
internal sealed class HostLimits : IDisposable
{
    private const string Measure = "measure";

    private HostLimits(SandboxLimits limits, HostCgroups cgroups, string? noImages, TimeProvider time)
    {
        Measured = new MeasuredLimits(time);
        Limits = limits;
        Cgroups = cgroups;
        HasDiskImages = noImages is null;
        MemoryByRlimit = cgroups.Refusals.ContainsKey(CgroupSettings.Memory);
        // The kernel lets root's processes have as many as they like.
        var rlimitCounts = !Environment.IsPrivilegedProcess;
        ProcessesByRlimit = cgroups.Refusals.ContainsKey(CgroupSettings.Processes) && rlimitCounts;
        InForce = new LimitsInForce(
            limits,
            Memory: By(CgroupSettings.Memory, $"rlimit of each process and {Measure} of all"),
            Cpu: By(CgroupSettings.Cpu, LimitInForce.None),
            Processes: By(CgroupSettings.Processes, rlimitCounts ? "rlimit" : Measure),
            Disk: noImages is null ? new LimitInForce("ext4 image") : new LimitInForce(Measure, noImages),
            Freezer: By(CgroupSettings.Freezer, LimitInForce.None));
    }

    /// <summary>Of sandboxes that ask for nothing else.</summary>
    internal SandboxLimits Limits { get; }

    internal HostCgroups Cgroups { get; }

    /// <summary>Else <see cref="DiskQuota"/> must watch the disk folder.</summary>
    internal bool HasDiskImages { get; }

    /// <summary>Whether <see cref="MeasuredLimits"/> must watch the processes.</summary>
    internal bool NeedsMeasure => MemoryByRlimit || Cgroups.Refusals.ContainsKey(CgroupSettings.Processes);

    internal MeasuredLimits Measured { get; }

    internal LimitsInForce InForce { get; }

    /// <summary>Lines for the beginning of the script in which a command enters.</summary>
    internal string EntryScript(SandboxLimits limits) => CommandRlimits.Script(limits, MemoryByRlimit, ProcessesByRlimit);

    private bool MemoryByRlimit { get; }

    private bool ProcessesByRlimit { get; }

    /// <summary>Tries out what there is. The data folder must be this server's alone.</summary>
    /// <param name="onlyMeasure">Takes no help of the kernel's, as if this machine offered none.</param>
    internal static async Task<HostLimits> DetectAsync(
        string dataFolder, SandboxLimits limits, TimeProvider time, bool onlyMeasure)
    {
        IReadOnlyList<CgroupHierarchy> hierarchies = onlyMeasure ? [] : CgroupHierarchy.Read();
        var cgroups = HostCgroups.Detect(HostCgroups.NameFor(dataFolder), hierarchies, limits);
        var noImages = onlyMeasure ? "switched off" : await SandboxDisk.ProbeAsync(dataFolder);
        return new HostLimits(limits, cgroups, noImages, time);
    }

    public void Dispose()
    {
        Measured.Dispose();
        Cgroups.RemoveIfEmpty();
    }

    private LimitInForce By(string controller, string otherwise) => Cgroups.InForce.TryGetValue(controller, out var group)
        ? new LimitInForce(group.IsV2 ? "cgroup v2" : "cgroup v1")
        : new LimitInForce(otherwise, Cgroups.Refusals[controller]);
}
