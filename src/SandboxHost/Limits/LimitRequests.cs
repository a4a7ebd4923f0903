using Colloquy.SandboxHost.ControlPlane;
using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Templates;

namespace Colloquy.SandboxHost.Limits;

/// <summary>Which limits a sandbox gets: what its create request asks for, else what its template needs or the host gives. Pure.</summary>
internal sealed class LimitRequests(SandboxHostOptions options)
{
    private const int LeastMemoryMiB = 64, LeastDiskMiB = 16;

    private readonly SandboxLimits _usual = SandboxLimits.Of(options);
    private readonly int _maxVCpus = Math.Max(options.VCpus, options.MaxVCpus ?? Environment.ProcessorCount);
    private readonly int _maxMemoryMiB = Math.Max(options.MemoryMiB, options.MaxMemoryMiB ?? MachineMemoryMiB);
    private readonly int _maxDiskMiB = Math.Max(options.DiskMiB, options.MaxDiskMiB);

    private static int MachineMemoryMiB => (int)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20);

    /// <exception cref="ApiException">400: more than this host gives, or too little to run in.</exception>
    internal SandboxLimits Resolve(CreateBody body, Template template) => _usual with
    {
        VCpus = Asked(body.CpuCount, "cpuCount", 1, _maxVCpus, "MaxVCpus") ?? _usual.VCpus,
        MemoryMiB = Asked(body.MemoryMb, "memoryMB", LeastMemoryMiB, _maxMemoryMiB, "MaxMemoryMiB")
            ?? Math.Max(_usual.MemoryMiB, Math.Min(template.MemoryMiB, _maxMemoryMiB)),
        DiskMiB = Asked(body.DiskSizeMb, "diskSizeMB", LeastDiskMiB, _maxDiskMiB, "MaxDiskMiB") ?? _usual.DiskMiB,
    };

    private static int? Asked(int? asked, string member, int least, int most, string option) =>
        asked is null || (asked >= least && asked <= most)
            ? asked
            : throw new ApiException(400, $"{member}: {asked} is not between {least} and {most}, what this host gives a sandbox at most (its option {option})");
}
