using System.Text.Json.Serialization;

namespace Colloquy.Environments;

/// <summary>Which sandboxes sessions get. A session keeps what its environment was when it was created.</summary>
[GenerateSerializer, Immutable, Alias("environments.definition")]
public sealed record EnvironmentDefinition([property: Id(0)] string Id, [property: Id(1)] string Name)
{
    [Id(2)]
    public string? Description { get; init; }

    [Id(3)]
    public SandboxSettings Sandbox { get; init; } = SandboxSettings.Default;

    [Id(4)]
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    [Id(5)]
    public DateTimeOffset CreatedAt { get; init; }

    [Id(6)]
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>An archived environment takes no new sessions.</summary>
    [Id(7)]
    public DateTimeOffset? ArchivedAt { get; init; }

    /// <summary>Counts its changes, from 1.</summary>
    [Id(8)]
    public int Revision { get; init; }
}

/// <param name="Template">What it is made from; null for what the agent's runtime needs.</param>
/// <param name="IdleTimeout">How long after its last use it is paused; null for the server's default.</param>
[GenerateSerializer, Immutable, Alias("environments.sandbox")]
public sealed record SandboxSettings(
    [property: Id(0)] string? Template,
    [property: Id(1)] SandboxNetwork Network,
    [property: Id(2)] SandboxLimits? Limits,
    [property: Id(3)] TimeSpan? IdleTimeout)
{
    public static readonly SandboxSettings Default = new(null, SandboxNetwork.Closed, null, null);
}

/// <summary>What a sandbox reaches beside the model gateway, which it reaches whenever its agent calls models.</summary>
/// <param name="Unrestricted">Everything.</param>
/// <param name="AllowedHosts">If not unrestricted: these hosts only.</param>
[GenerateSerializer, Immutable, Alias("environments.network")]
public sealed record SandboxNetwork(
    [property: Id(0)] bool Unrestricted, [property: Id(1)] IReadOnlyList<string> AllowedHosts)
{
    public static readonly SandboxNetwork Closed = new(false, []);
    public static readonly SandboxNetwork Open = new(true, []);
}

/// <summary>What a sandbox may use. Null for what its template or host says.</summary>
/// <param name="MemoryMiB">MiB.</param>
/// <param name="DiskMiB">MiB.</param>
[GenerateSerializer, Immutable, Alias("environments.limits")]
public sealed record SandboxLimits(
    [property: Id(0), JsonPropertyName("vcpus")] int? VCpus,
    [property: Id(1), JsonPropertyName("memory_mib")] int? MemoryMiB,
    [property: Id(2), JsonPropertyName("disk_mib")] int? DiskMiB);
