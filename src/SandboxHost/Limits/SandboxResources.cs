using Colloquy.SandboxHost.Isolation;

namespace Colloquy.SandboxHost.Limits;

/// <summary>What a sandbox uses now. What this machine cannot tell is 0.</summary>
/// <param name="OomKills">Processes that the kernel has killed because the sandbox was out of memory.</param>
internal readonly record struct ResourceUsage(
    long MemoryBytes, long CacheBytes, TimeSpan CpuTime, DiskUsage Disk, long OomKills);

/// <summary>One sandbox's share of the machine: its control groups and its disk, and what watches them.</summary>
internal sealed class SandboxResources : IDisposable
{
    private readonly HostLimits _host;
    private readonly SandboxLimits _limits;
    private readonly string _folder;
    private DiskQuota? _quota;
    private string? _pidNamespace;

    private SandboxResources(HostLimits host, SandboxLimits limits, SandboxCgroup cgroup, string folder) =>
        (_host, _limits, Cgroup, _folder) = (host, limits, cgroup, folder);

    internal SandboxCgroup Cgroup { get; }

    internal CageLimits CageLimits => new(Cgroup, _host.EntryScript(_limits));

    /// <summary>Whether <see cref="Read"/> needs a look at all processes.</summary>
    internal bool IsMeasured => _pidNamespace is not null;

    /// <summary>Makes the groups and an empty disk, mounted.</summary>
    /// <param name="folder">The sandbox's, on the host.</param>
    /// <exception cref="IOException">It cannot be done; nothing is left but the folder.</exception>
    internal static async Task<SandboxResources> CreateAsync(
        HostLimits host, SandboxLimits limits, string id, string folder)
    {
        if (host.HasDiskImages) await SandboxDisk.CreateAsync(folder, limits.DiskMiB);
        return await OpenAsync(host, limits, id, folder);
    }

    /// <summary>Takes over what an earlier server made, and makes what is missing but the disk's image.</summary>
    /// <exception cref="IOException"/>
    internal static async Task<SandboxResources> OpenAsync(HostLimits host, SandboxLimits limits, string id, string folder)
    {
        var disk = Directory.CreateDirectory(SandboxDisk.FolderOf(folder)).FullName;
        if (SandboxDisk.HasImage(folder)) await SandboxDisk.MountAsync(folder);
        try
        {
            return new SandboxResources(host, limits, host.Cgroups.Open(id) ?? host.Cgroups.Create(id, limits), folder);
        }
        catch
        {
            await SandboxDisk.UnmountAsync(folder);
            throw;
        }
    }

    /// <summary>Begins to measure what nothing limits.</summary>
    /// <param name="exceeded">Called when the sandbox has to be killed, with a reason that can be shown.</param>
    /// <param name="failed">Called when the disk can no longer be measured.</param>
    internal void Watch(int initPid, TimeProvider time, Action<string> exceeded, Action<Exception> failed)
    {
        if (!SandboxDisk.HasImage(_folder))
            _quota = new DiskQuota(SandboxDisk.FolderOf(_folder), _limits.DiskBytes, time, exceeded, failed);
        if (!_host.NeedsMeasure) return;
        _pidNamespace = ProcessScan.NamespaceOf(initPid);
        if (_pidNamespace is not null) _host.Measured.Watch(_pidNamespace, _limits, exceeded);
    }

    /// <param name="processes">From <see cref="ProcessScan"/>, where <see cref="IsMeasured"/>.</param>
    /// <exception cref="SandboxGoneException">The sandbox has ended.</exception>
    internal ResourceUsage Read(IReadOnlyDictionary<string, ProcessSum>? processes)
    {
        try
        {
            var groups = Cgroup.Read();
            var sum = _pidNamespace is null ? default : processes?.GetValueOrDefault(_pidNamespace) ?? default;
            return new ResourceUsage(
                groups.MemoryBytes ?? sum.MemoryBytes, groups.CacheBytes ?? 0, groups.CpuTime ?? sum.CpuTime,
                _quota?.Usage ?? SandboxDisk.Usage(_folder), groups.OomKills);
        }
        catch (IOException)
        {
            throw new SandboxGoneException();
        }
    }

    /// <summary>Ends the watch and nothing else: a sandbox may outlive its server.</summary>
    public void Dispose()
    {
        _quota?.Dispose();
        if (_pidNamespace is not null) _host.Measured.Forget(_pidNamespace);
    }

    /// <summary>Kills what still runs, removes the groups and unmounts the disk. The image stays.</summary>
    /// <param name="keepFiles">False if the files are of no use any more: then nobody waits until they are on disk.</param>
    /// <exception cref="IOException">Something cannot be removed.</exception>
    internal async Task ReleaseAsync(bool keepFiles)
    {
        Dispose();
        await Cgroup.KillAllAsync();
        await Cgroup.DeleteAsync();
        if (keepFiles) await SandboxDisk.UnmountAsync(_folder);
        else await SandboxDisk.DetachAsync(_folder);
    }
}
