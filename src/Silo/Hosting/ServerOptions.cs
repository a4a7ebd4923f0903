using System.ComponentModel.DataAnnotations;

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
    /// <summary>Virtual CPUs that a sandbox is billed for. Default: 2.</summary>
    [Range(1, 64)]
    public int VCpus { get; init; } = 2;

    /// <summary>Memory that a sandbox is billed for, MiB. Default: 512.</summary>
    [Range(64, 65536)]
    public int MemoryMiB { get; init; } = 512;

    /// <summary>How many sandboxes may run at once. Default: 200.</summary>
    [Range(1, 10000)]
    public int MaxSandboxes { get; init; } = 200;
}
