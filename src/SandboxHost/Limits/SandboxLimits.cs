namespace Colloquy.SandboxHost.Limits;

/// <summary>How much one sandbox may use of the machine.</summary>
/// <param name="MaxProcesses">Threads count as well; so do the few helpers that the host needs for each command.</param>
internal sealed record SandboxLimits(int MemoryMiB, int VCpus, int MaxProcesses, int DiskMiB)
{
    internal long MemoryBytes => (long)MemoryMiB << 20;

    internal long DiskBytes => (long)DiskMiB << 20;

    internal static SandboxLimits Of(SandboxHostOptions options) =>
        new(options.MemoryMiB, options.VCpus, options.MaxProcesses, options.DiskMiB);
}
