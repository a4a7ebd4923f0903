using Colloquy.Grains.Sandboxes;

namespace Colloquy.Silo.Sandboxes.E2B;

/// <summary>What a sandbox is to reach, in the words of a create request. Pure.</summary>
internal static class E2BReach
{
    private const string Everything = "0.0.0.0/0";

    /// <param name="publicGateway">The host of the model gateway's public URL; null where the sandboxes' host leads to the gateway.</param>
    public static E2BCreate Reaching(this E2BCreate request, SandboxReach? reach, string? publicGateway)
    {
        if (reach is null)
        {
            return request;
        }

        var gateway = publicGateway ?? SandboxOptions.HostGateway;
        if (reach.Network.Unrestricted)
        {
            // The host is asked for its gateway by name, so that one that has none says so.
            var asked = reach.ModelGateway && publicGateway is null;
            return request with { AllowInternetAccess = true, Network = asked ? new E2BNetwork([gateway], null) : null };
        }

        IReadOnlyList<string> hosts = [.. reach.ModelGateway ? [gateway] : Array.Empty<string>(), .. reach.Network.AllowedHosts];
        return hosts.Count == 0
            ? request with { AllowInternetAccess = false }
            : request with { Network = new E2BNetwork([.. hosts.Distinct(StringComparer.Ordinal)], [Everything]) };
    }
}
