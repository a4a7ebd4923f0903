using System.ComponentModel.DataAnnotations;
using Colloquy.SandboxHost;

namespace Colloquy.Silo;

/// <summary>Section <c>Costs</c>.</summary>
public sealed class CostOptions
{
    /// <summary>Path of a price book that replaces the built-in one. Default: none.</summary>
    public string? PriceBook { get; init; }
}

/// <summary>Section <c>SandboxHost</c>: the host of sandboxes, inside this process or alone.</summary>
public sealed class LocalSandboxOptions
{
    /// <summary>How many CPUs a sandbox may keep busy, and what it is billed by. Default: 2.</summary>
    [Range(1, 64)]
    public int VCpus { get; init; } = 2;

    /// <summary>How much memory a sandbox may use, and what it is billed by, MiB. Default: 512.</summary>
    [Range(64, 65536)]
    public int MemoryMiB { get; init; } = 512;

    /// <summary>How many sandboxes may run at once. Default: 200.</summary>
    [Range(1, 10000)]
    public int MaxSandboxes { get; init; } = 200;

    /// <summary>How many processes and threads a sandbox may have. Default: 512.</summary>
    [Range(16, 1_000_000)]
    public int MaxProcesses { get; init; } = 512;

    /// <summary>How much a sandbox may store, MiB. Default: 10240.</summary>
    [Range(16, 1_048_576)]
    public int DiskMiB { get; init; } = 10240;

    /// <summary>The most CPUs that an environment may ask for. Default: those of the machine.</summary>
    [Range(1, 1024)]
    public int? MaxVCpus { get; init; }

    /// <summary>The most memory that an environment may ask for, MiB. Default: that of the machine.</summary>
    [Range(64, 16_777_216)]
    public int? MaxMemoryMiB { get; init; }

    /// <summary>The largest disk that an environment may ask for, MiB. Default: 102400.</summary>
    [Range(16, 1_048_576)]
    public int MaxDiskMiB { get; init; } = 102400;

    /// <summary>How many sandboxes are kept ready for the next creates. Default: 2.</summary>
    [Range(0, 100)]
    public int SpareSandboxes { get; init; } = 2;

    /// <summary>Where templates are installed; hosts may share it. Default: <c>templates</c> in the host's data folder.</summary>
    public string? TemplateCache { get; init; }

    /// <summary>
    /// Where the model gateway listens: http://HOST:PORT or unix:/PATH. Default: that of the server in this process;
    /// alone, there is none.
    /// </summary>
    public string? GatewayUrl { get; init; }

    /// <summary>What sandboxes reach whose create request does not say. Default: the gateway if there is one, else nothing.</summary>
    public NetworkMode? DefaultNetwork { get; init; }
}
