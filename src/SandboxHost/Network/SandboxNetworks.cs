using System.Net.Sockets;
using Colloquy.SandboxHost.DataPlane;
using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Isolation;

namespace Colloquy.SandboxHost.Network;

/// <summary>Connects sandboxes, as this host is configured and able to.</summary>
internal sealed class SandboxNetworks
{
    private readonly SandboxHostOptions _options;
    private readonly TimeProvider _time;
    private readonly GatewayClient? _gateway;
    private readonly string? _slirpMissing;

    /// <param name="slirpMissing">Null if sandboxes can be connected to the internet; else what is missing for that.</param>
    /// <exception cref="ArgumentException">An option is wrong; the message says which, and what is allowed.</exception>
    internal SandboxNetworks(
        SandboxHostOptions options, string? slirpMissing, TimeProvider time, ILogger<SandboxNetworks> log)
    {
        (_options, _time) = (options, time);
        if (options.GatewayPort is < 1 or > ushort.MaxValue or SandboxAddress.EnvdPort)
            throw new ArgumentException($"GatewayPort {options.GatewayPort} is not a port from 1 to 65535 other than {SandboxAddress.EnvdPort}.");
        if (options.GatewayUrl is { } url)
        {
            var address = GatewayAddress.Parse(url);
            if (!IsIsolated && address is UnixDomainSocketEndPoint)
                throw new ArgumentException($"GatewayUrl '{url}': without isolation it must be http://HOST:PORT, which commands then use as it is.");
            _gateway = new GatewayClient(address, log);
        }

        Default = options.DefaultNetwork ?? (_gateway is null ? NetworkMode.None : NetworkMode.Gateway);
        if (Default == NetworkMode.Gateway && _gateway is null)
            throw new ArgumentException("DefaultNetwork is Gateway, but no GatewayUrl says where it is.");
        _slirpMissing = IsIsolated ? slirpMissing : null;
    }

    /// <summary>For sandboxes that ask for nothing.</summary>
    internal NetworkMode Default { get; }

    private bool IsIsolated => _options.IsolationMode != IsolationMode.None;

    /// <param name="gateway">The gateway is needed also where the mode does without.</param>
    /// <exception cref="ApiException">400: this host cannot; the message says why and what to do.</exception>
    internal void Demand(NetworkMode mode, bool gateway = false)
    {
        if ((gateway || mode == NetworkMode.Gateway) && _gateway is null)
            throw new ApiException(400, "network: this host has no model gateway; set its option SandboxHost:GatewayUrl to where that listens");
        if (mode == NetworkMode.Open && _slirpMissing is not null)
            throw new ApiException(400, $"network: this host cannot connect sandboxes to the internet: {_slirpMissing}");
    }

    /// <summary>What commands in such a sandbox are told.</summary>
    internal IReadOnlyDictionary<string, string> Environment(NetworkMode mode)
    {
        var variables = new Dictionary<string, string>();
        if (mode != NetworkMode.None && _options.GatewayUrl is { } url)
            variables["COLLOQUY_GATEWAY_URL"] = IsIsolated ? $"http://127.0.0.1:{_options.GatewayPort}" : url;
        return variables;
    }

    /// <summary>Connects a sandbox that was just made, or that an earlier server made.</summary>
    /// <param name="namespaces">The sandbox's; null without isolation.</param>
    /// <param name="folder">The sandbox's, for records of what runs on outside of it.</param>
    /// <exception cref="SandboxGoneException"/>
    /// <exception cref="InvalidOperationException">It fails; the message says with what.</exception>
    internal async Task<SandboxNetwork> OpenAsync(Namespaces? namespaces, NetworkMode mode, string folder)
    {
        if (namespaces is null) return new SandboxNetwork(new HostDoor(), null);
        if (mode == NetworkMode.Open) await Slirp.ConnectAsync(namespaces, folder);
        var relay = mode != NetworkMode.None && _gateway is not null
            ? new GatewayRelay(await NamespaceHelper.ListenAsync(namespaces, _options.GatewayPort), _gateway, _time)
            : null;
        return new SandboxNetwork(new NamespaceDoor(namespaces), relay);
    }

    /// <summary>What this host offers, for its log.</summary>
    public override string ToString()
    {
        if (!IsIsolated) return "that of the host, as there is no isolation";
        var gateway = _options.GatewayUrl is { } url ? $"gateway ({url})" : "no gateway (GatewayUrl is not set)";
        var open = _slirpMissing is null ? "open" : $"not open ({_slirpMissing})";
        return $"none, {gateway}, {open}; default: {Default.ToString().ToLowerInvariant()}";
    }
}
