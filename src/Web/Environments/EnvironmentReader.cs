using System.Text.Json;
using Colloquy.Environments;
using Colloquy.Sessions;
using Colloquy.Web.Definitions;
using Colloquy.Web.Requests;

namespace Colloquy.Web.Environments;

/// <summary>
/// Reads the bodies that make and change environments: what the body says, on top of what there is. How large it may
/// be is for the environment to judge.
/// </summary>
internal static class EnvironmentReader
{
    private static readonly EnvironmentDefinition Nothing = new("", "");

    /// <exception cref="InvalidInputException">A member is missing or not what it should be.</exception>
    public static EnvironmentDefinition Create(JsonInput body) => Read(body, Nothing, isNew: true);

    /// <exception cref="InvalidInputException">A member is not what it should be.</exception>
    public static EnvironmentDefinition Change(JsonInput body, EnvironmentDefinition present) =>
        Read(body, present, isNew: false);

    private static EnvironmentDefinition Read(JsonInput body, EnvironmentDefinition present, bool isNew)
    {
        if (body.Member("scope") is { } scope && scope.Text() != "organization")
        {
            throw scope.Wrong("must be 'organization': there are no accounts.");
        }

        var sandbox = present.Sandbox;
        return present with
        {
            Name = body.Required("name", isNew ? null : present.Name, member => member.Text()),
            Description = body.Merge("description", present.Description, null, member => member.Text()),
            Metadata = body.PatchMetadata(present.Metadata, emptyDeletes: true),
            Sandbox = new SandboxSettings(
                body.Merge("template", sandbox.Template, null, member => member.Text()),
                body.Member("config") is { } config ? ReadConfig(config, sandbox.Network) : sandbox.Network,
                body.Merge("limits", sandbox.Limits, null, member => ReadLimits(member, sandbox.Limits)),
                body.Merge<TimeSpan?>("idle_timeout_seconds", sandbox.IdleTimeout, null, member => member.Seconds())),
        };
    }

    private static SandboxNetwork ReadConfig(JsonInput config, SandboxNetwork present)
    {
        if (config.Member("type") is { } type && type.Text() != "cloud")
        {
            throw type.Wrong("must be 'cloud': where sandboxes run is configured in the server.");
        }

        foreach (var (name, list) in config.Member("packages")?.Members() ?? [])
        {
            if (list.Kind == JsonValueKind.Array && list.Items().Any())
            {
                throw new InvalidInputException(
                    $"config.packages.{name}",
                    "packages are not installed when a sandbox starts. Build a template that has them, and name it in 'template'.");
            }
        }

        return config.Member("networking") is { } networking ? ReadNetwork(networking, present) : present;
    }

    private static SandboxNetwork ReadNetwork(JsonInput networking, SandboxNetwork present)
    {
        var type = networking.Member("type") ?? throw networking.Wrong("needs a type: unrestricted or limited.");
        switch (type.Text())
        {
            case "unrestricted":
                return SandboxNetwork.Open;
            case "limited":
                RefuseFlag(networking, "allow_package_managers");
                RefuseFlag(networking, "allow_mcp_servers");
                return new SandboxNetwork(
                    false, networking.Merge("allowed_hosts", present.AllowedHosts, [], member => member.Texts()));
            default:
                throw type.Wrong($"'{type.Text()}' is neither 'unrestricted' nor 'limited'.");
        }
    }

    private static void RefuseFlag(JsonInput networking, string name)
    {
        if (networking.Member(name) is { } flag && flag.Flag())
        {
            throw flag.Wrong("is not supported: list the hosts in allowed_hosts.");
        }
    }

    private static SandboxLimits? ReadLimits(JsonInput limits, SandboxLimits? present)
    {
        var merged = new SandboxLimits(
            limits.Merge<int?>("vcpus", present?.VCpus, null, member => member.Integer()),
            limits.Merge<int?>("memory_mib", present?.MemoryMiB, null, member => member.Integer()),
            limits.Merge<int?>("disk_mib", present?.DiskMiB, null, member => member.Integer()));
        return merged is { VCpus: null, MemoryMiB: null, DiskMiB: null } ? null : merged;
    }
}
