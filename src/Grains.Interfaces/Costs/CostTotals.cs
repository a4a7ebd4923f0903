using System.Text.Json.Serialization;

namespace Colloquy.Costs;

/// <summary>Sums over ledger entries. Money is in nano-USD (1e-9 USD), an integer, so that sums are exact.</summary>
/// <param name="ModelCalls">Number of model calls.</param>
/// <param name="UnpricedCalls">Of these, calls to models without a price; their tokens count, their cost is unknown.</param>
/// <param name="SandboxSeconds">Sandbox wall-clock time.</param>
/// <param name="VCpuSeconds">Sandbox time multiplied by allocated vCPUs.</param>
/// <param name="GibSeconds">Sandbox time multiplied by allocated GiB of memory.</param>
[GenerateSerializer, Immutable, Alias("costs.totals")]
public sealed record CostTotals(
    [property: Id(0)] TokenUsage Tokens,
    [property: Id(1)] long ModelCalls,
    [property: Id(2)] long UnpricedCalls,
    [property: Id(3)] long ModelNanoUsd,
    [property: Id(4)] double SandboxSeconds,
    [property: Id(5), JsonPropertyName("vcpu_seconds")] double VCpuSeconds,
    [property: Id(6)] double GibSeconds,
    [property: Id(7)] long SandboxNanoUsd,
    [property: Id(8)] long UnpricedSandboxSlices = 0)
{
    public static readonly CostTotals Zero = new(TokenUsage.None, 0, 0, 0, 0, 0, 0, 0);

    public long TotalNanoUsd => ModelNanoUsd + SandboxNanoUsd;

    public decimal TotalUsd => TotalNanoUsd / 1_000_000_000m;

    public decimal ModelUsd => ModelNanoUsd / 1_000_000_000m;

    public decimal SandboxUsd => SandboxNanoUsd / 1_000_000_000m;

    public static CostTotals operator +(CostTotals a, CostTotals b) => new(
        a.Tokens + b.Tokens,
        a.ModelCalls + b.ModelCalls,
        a.UnpricedCalls + b.UnpricedCalls,
        a.ModelNanoUsd + b.ModelNanoUsd,
        a.SandboxSeconds + b.SandboxSeconds,
        a.VCpuSeconds + b.VCpuSeconds,
        a.GibSeconds + b.GibSeconds,
        a.SandboxNanoUsd + b.SandboxNanoUsd,
        a.UnpricedSandboxSlices + b.UnpricedSandboxSlices);

    /// <summary>One model call; null money means that its model has no price.</summary>
    public static CostTotals OfCall(TokenUsage tokens, long? nanoUsd) => Zero with
    {
        Tokens = tokens,
        ModelCalls = 1,
        UnpricedCalls = nanoUsd is null ? 1 : 0,
        ModelNanoUsd = nanoUsd ?? 0,
    };

    /// <summary>One slice of sandbox time; null money means that this kind of sandbox has no price.</summary>
    public static CostTotals OfSandbox(double seconds, int vcpus, int memoryMiB, long? nanoUsd) => Zero with
    {
        SandboxSeconds = seconds,
        VCpuSeconds = seconds * vcpus,
        GibSeconds = seconds * memoryMiB / 1024,
        SandboxNanoUsd = nanoUsd ?? 0,
        UnpricedSandboxSlices = nanoUsd is null ? 1 : 0,
    };

    public static CostTotals Add(CostTotals left, CostTotals right) => left + right;
}
