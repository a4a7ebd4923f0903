using System.Text.Json.Serialization;

namespace Colloquy.Costs;

/// <summary>A slice of sandbox time and what it cost.</summary>
/// <param name="SandboxId">The provider's id.</param>
/// <param name="Seconds">Length of the slice.</param>
/// <param name="VCpus">Allocated virtual CPUs.</param>
/// <param name="MemoryMiB">Allocated memory, MiB.</param>
/// <param name="Usd">Null if the price book has no price for this kind of sandbox.</param>
/// <param name="Estimated">
/// True if the provider could not say any more until when it ran: then up to when it would have been paused.
/// </param>
[GenerateSerializer, Immutable, Alias("costs.sandbox")]
public sealed record SandboxUsage(
    [property: Id(0)] string SandboxId,
    [property: Id(1)] double Seconds,
    [property: Id(2), JsonPropertyName("vcpus")] int VCpus,
    [property: Id(3), JsonPropertyName("memory_mib")] int MemoryMiB,
    [property: Id(4)] decimal? Usd,
    [property: Id(5), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Estimated = false);
