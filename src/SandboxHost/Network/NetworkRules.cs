using System.Text.Json;
using Colloquy.SandboxHost.ControlPlane;
using Colloquy.SandboxHost.Http;

namespace Colloquy.SandboxHost.Network;

/// <summary>Reads which network a create request asks for.</summary>
/// <param name="Mode">Null if it does not say.</param>
/// <param name="NeedsGateway">The gateway is asked for by name: a host without one must say so.</param>
/// <param name="IsPublic">False if callers of ports inside must show a token.</param>
internal readonly record struct NetworkRules(NetworkMode? Mode, bool NeedsGateway, bool IsPublic)
{
    private const string Everything = "0.0.0.0/0";

    /// <param name="internet">The request's <c>allow_internet_access</c>.</param>
    /// <param name="network">The request's <c>network</c>.</param>
    /// <param name="gatewayName">What the gateway is called in it.</param>
    /// <exception cref="ApiException">400: it asks for what this host has not; the message says what it has.</exception>
    internal static NetworkRules Parse(bool? internet, NetworkBody? network, string gatewayName)
    {
        if (network?.Others?.FirstOrDefault(one => one.Value.ValueKind != JsonValueKind.Null) is { Key: { } other })
            throw new ApiException(400, $"network.{other} is not supported by this host. {Known(gatewayName)}");
        IReadOnlyList<string> allow = network?.AllowOut ?? [], deny = network?.DenyOut ?? [];
        NetworkMode? mode = (internet, allow, deny) switch
        {
            (null, [], []) => null,
            (true, [], []) => NetworkMode.Open,
            (true, [var name], []) when name == gatewayName => NetworkMode.Open,
            (false, [], []) or (not true, [], [Everything]) => NetworkMode.None,
            (not true, [var name], [Everything]) when name == gatewayName => NetworkMode.Gateway,
            (false, [var name], []) when name == gatewayName => NetworkMode.Gateway,
            (not true, [_, ..], [Everything]) => throw new ApiException(
                400,
                $"network.allowOut: this host cannot let a sandbox reach certain hosts only ({string.Join(", ", allow.Except([gatewayName]))}). {Known(gatewayName)}"),
            _ => throw new ApiException(400, $"network: this host cannot apply these rules. {Known(gatewayName)}"),
        };
        return new NetworkRules(mode, allow.Contains(gatewayName), network?.AllowPublicTraffic ?? true);
    }

    private static string Known(string gatewayName) =>
        "It knows: allow_internet_access true (the internet; with the gateway's name in network.allowOut, certainly the gateway as well) or false (nothing); "
        + $"network {{\"allowOut\":[\"{gatewayName}\"],\"denyOut\":[\"{Everything}\"]}} (the model gateway only); "
        + "network.allowPublicTraffic.";
}
