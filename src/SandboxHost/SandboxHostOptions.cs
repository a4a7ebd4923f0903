namespace Colloquy.SandboxHost;

/// <summary>How a <see cref="SandboxHostServer"/> runs.</summary>
public sealed class SandboxHostOptions
{
    /// <summary>Where the sandboxes' folders live. One server at a time: it removes what an earlier one left.</summary>
    public required string DataFolder { get; set; }

    /// <summary>What callers of the control plane must send as <c>X-API-KEY</c>.</summary>
    public required string ApiKey { get; set; }

    /// <value>Addresses to listen on. Port 0 takes a free one. Default <c>http://127.0.0.1:0</c>.</value>
    public IReadOnlyList<string> Urls { get; set; } = ["http://127.0.0.1:0"];

    /// <value>Default <see cref="IsolationMode.Bubblewrap"/>.</value>
    public IsolationMode IsolationMode { get; set; } = IsolationMode.Bubblewrap;

    /// <summary>What a sandbox is said to have, and billed by. Not enforced.</summary>
    /// <value>Default 2.</value>
    public int VCpus { get; set; } = 2;

    /// <summary>What a sandbox is said to have, and billed by. Enforced for its <c>/tmp</c> only.</summary>
    /// <value>MiB. Default 512.</value>
    public int MemoryMiB { get; set; } = 512;

    /// <summary>Where the model gateway listens. Sandboxes reach it at <see cref="GatewayPort"/> of their own loopback.</summary>
    /// <value><c>http://HOST:PORT</c> or <c>unix:/PATH</c>. Default: there is none.</value>
    public string? GatewayUrl { get; set; }

    /// <summary>The port inside; commands are told by <c>COLLOQUY_GATEWAY_URL</c>. It cannot be called from outside.</summary>
    /// <value>Default 49984.</value>
    public int GatewayPort { get; set; } = 49984;

    /// <summary>The name by which a create request allows the gateway (<c>network.allowOut</c>).</summary>
    /// <value>Default <c>gateway.internal</c>.</value>
    public string GatewayName { get; set; } = "gateway.internal";

    /// <summary>What sandboxes reach whose create request does not say.</summary>
    /// <value>Default: the gateway if <see cref="GatewayUrl"/> is set, else nothing.</value>
    public NetworkMode? DefaultNetwork { get; set; }

    /// <summary>How many sandboxes may run at once; further ones are refused with 429.</summary>
    /// <value>Default 1000.</value>
    public int MaxSandboxes { get; set; } = 1000;
}
