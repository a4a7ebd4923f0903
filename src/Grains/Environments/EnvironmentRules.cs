using Colloquy.Environments;
using static Colloquy.Grains.Definitions.DefinitionLimits;
using static Colloquy.Grains.Definitions.DefinitionRules;
using static Colloquy.Grains.InputRules;

namespace Colloquy.Grains.Environments;

/// <summary>What an environment must satisfy before it is stored. Fields are named as in the HTTP API. Pure.</summary>
internal static class EnvironmentRules
{
    /// <exception cref="Colloquy.Sessions.InvalidInputException">Names the first field that is wrong.</exception>
    public static void Check(EnvironmentDefinition environment)
    {
        CheckHead(environment.Name, environment.Description, environment.Metadata);
        var sandbox = environment.Sandbox;
        Require(
            sandbox.Template is null || IsToken(sandbox.Template, MaxTemplateLength), "template",
            $"must have 1 to {MaxTemplateLength} letters, digits and -_.:/@[].");
        CheckTimeout(sandbox.IdleTimeout, "idle_timeout_seconds");
        CheckHosts(sandbox.Network.AllowedHosts);
        if (sandbox.Limits is { } limits)
        {
            Require(limits.VCpus is null or (>= 1 and <= 64), "limits.vcpus", "must be 1 to 64.");
            Require(limits.MemoryMiB is null or (>= 64 and <= 65_536), "limits.memory_mib", "must be 64 to 65536.");
            Require(limits.DiskMiB is null or (>= 16 and <= 1_048_576), "limits.disk_mib", "must be 16 to 1048576.");
        }
    }

    private static void CheckHosts(IReadOnlyList<string> hosts)
    {
        const string field = "config.networking.allowed_hosts";
        Require(hosts.Count <= MaxAllowedHosts, field, $"must be at most {MaxAllowedHosts} hosts.");
        for (var index = 0; index < hosts.Count; index++)
        {
            Require(
                IsHost(hosts[index]), $"{field}[{index}]",
                $"'{hosts[index]}' is no host: give a name such as api.example.com, or *.example.com, or an address, " +
                "without scheme, port and path.");
        }
    }

    private static bool IsHost(string host)
    {
        var name = host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host;
        return host.Length <= MaxHostLength && Uri.CheckHostName(name) != UriHostNameType.Unknown;
    }
}
