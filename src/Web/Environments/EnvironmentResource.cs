using System.Text.Json.Serialization;
using Colloquy.Environments;

namespace Colloquy.Web.Environments;

/// <summary>An environment in the Managed Agents shape, and what this server adds to it.</summary>
/// <param name="ArchivedAt">An archived environment takes no new sessions.</param>
/// <param name="Template">What its sandboxes are made from; null for what the agent needs.</param>
/// <param name="Limits">What a sandbox may use; null for what its template or host says.</param>
/// <param name="IdleTimeoutSeconds">How long after its last use a sandbox is paused; null for the server's default.</param>
internal sealed record EnvironmentResource(
    string Id,
    string Name,
    string? Description,
    EnvironmentConfig Config,
    IReadOnlyDictionary<string, string> Metadata,
    DateTime CreatedAt,
    DateTime UpdatedAt,
    DateTime? ArchivedAt,
    string? Template,
    LimitsResource? Limits,
    double? IdleTimeoutSeconds)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "environment";

    public string Scope { get; } = "organization";

    public static EnvironmentResource From(EnvironmentDefinition environment) => new(
        environment.Id,
        environment.Name,
        environment.Description,
        new EnvironmentConfig(NetworkResource.From(environment.Sandbox.Network)),
        environment.Metadata,
        environment.CreatedAt.UtcDateTime,
        environment.UpdatedAt.UtcDateTime,
        environment.ArchivedAt?.UtcDateTime,
        environment.Sandbox.Template,
        environment.Sandbox.Limits is { } limits ? new LimitsResource(limits.VCpus, limits.MemoryMiB, limits.DiskMiB) : null,
        environment.Sandbox.IdleTimeout?.TotalSeconds);
}

internal sealed record EnvironmentConfig(NetworkResource Networking)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "cloud";

    public PackagesResource Packages { get; } = new();
}

/// <param name="Type">unrestricted, or limited to the allowed hosts.</param>
internal sealed record NetworkResource(
    string Type,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? AllowedHosts,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? AllowPackageManagers,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? AllowMcpServers)
{
    public static NetworkResource From(SandboxNetwork network) => network.Unrestricted
        ? new NetworkResource("unrestricted", null, null, null)
        : new NetworkResource("limited", network.AllowedHosts, false, false);
}

/// <summary>Always empty: what a sandbox has installed is its template's.</summary>
internal sealed record PackagesResource
{
    public string Type { get; } = "packages";

    public IReadOnlyList<string> Apt { get; } = [];

    public IReadOnlyList<string> Cargo { get; } = [];

    public IReadOnlyList<string> Gem { get; } = [];

    public IReadOnlyList<string> Go { get; } = [];

    public IReadOnlyList<string> Npm { get; } = [];

    public IReadOnlyList<string> Pip { get; } = [];
}

/// <param name="MemoryMib">MiB.</param>
/// <param name="DiskMib">MiB.</param>
internal sealed record LimitsResource([property: JsonPropertyName("vcpus")] int? VCpus, int? MemoryMib, int? DiskMib);

/// <param name="NextPage">The <c>page</c> of the following page; null at the end.</param>
internal sealed record EnvironmentList(IReadOnlyList<EnvironmentResource> Data, string? NextPage);

internal sealed record DeletedEnvironment(string Id)
{
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "environment_deleted";
}

// The body is read by hand, because errors name the field; this describes it to readers of the OpenAPI document.

/// <summary>Only the name is required, and only to create one: in a change, what is left out stays and null clears.</summary>
/// <param name="Name">1 to 256 characters.</param>
/// <param name="Description">At most 2048 characters.</param>
/// <param name="Config"><c>{"type":"cloud","networking":{"type":"limited","allowed_hosts":[]}}</c>; default: no network.</param>
/// <param name="Metadata">Up to 16 pairs; keys up to 64 characters, values up to 512.</param>
/// <param name="Template">What sandboxes are made from.</param>
/// <param name="Limits">What a sandbox may use.</param>
/// <param name="IdleTimeoutSeconds">How long after its last use a sandbox is paused: 1 to 86400.</param>
internal sealed record EnvironmentBody(
    string? Name = null,
    string? Description = null,
    System.Text.Json.JsonElement? Config = null,
    IReadOnlyDictionary<string, string>? Metadata = null,
    string? Template = null,
    LimitsResource? Limits = null,
    double? IdleTimeoutSeconds = null);
