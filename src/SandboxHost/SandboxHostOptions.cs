namespace Colloquy.SandboxHost;

/// <summary>How a <see cref="SandboxHostServer"/> runs.</summary>
public sealed class SandboxHostOptions
{
    /// <summary>Where the sandboxes' folders live. One server at a time: it takes over what an earlier one left.</summary>
    public required string DataFolder { get; set; }

    /// <summary>What callers of the control plane must send as <c>X-API-KEY</c>.</summary>
    public required string ApiKey { get; set; }

    /// <value>Addresses to listen on. Port 0 takes a free one. Default <c>http://127.0.0.1:0</c>.</value>
    public IReadOnlyList<string> Urls { get; set; } = ["http://127.0.0.1:0"];

    /// <value>Default <see cref="IsolationMode.Bubblewrap"/>.</value>
    public IsolationMode IsolationMode { get; set; } = IsolationMode.Bubblewrap;

    /// <summary>How many CPUs a sandbox may keep busy, and what it is billed by.</summary>
    /// <value>Default 2.</value>
    public int VCpus { get; set; } = 2;

    /// <summary>How much memory a sandbox may use, and what it is billed by.</summary>
    /// <value>MiB. Default 512.</value>
    public int MemoryMiB { get; set; } = 512;

    /// <summary>How many processes and threads a sandbox may have.</summary>
    /// <value>Default 512.</value>
    public int MaxProcesses { get; set; } = 512;

    /// <summary>How much a sandbox may store in its home folder.</summary>
    /// <value>MiB. Default 10240.</value>
    public int DiskMiB { get; set; } = 10240;

    /// <summary>The most CPUs that a create request may ask for.</summary>
    /// <value>Default: those of the machine. Never less than <see cref="VCpus"/>.</value>
    public int? MaxVCpus { get; set; }

    /// <summary>The most memory that a create request may ask for.</summary>
    /// <value>MiB. Default: that of the machine. Never less than <see cref="MemoryMiB"/>.</value>
    public int? MaxMemoryMiB { get; set; }

    /// <summary>The largest disk that a create request may ask for.</summary>
    /// <value>MiB. Default 102400. Never less than <see cref="DiskMiB"/>.</value>
    public int MaxDiskMiB { get; set; } = 102400;

    /// <summary>As on a machine whose kernel limits nothing for this user.</summary>
    internal bool OnlyMeasure { get; set; }

    /// <summary>Where templates are installed. Hosts may share it.</summary>
    /// <value>Default: <c>templates</c> in <see cref="DataFolder"/>.</value>
    public string? TemplateCache { get; set; }

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

    /// <summary>How many sandboxes are kept ready for the next creates.</summary>
    /// <value>Default 2.</value>
    public int SpareSandboxes { get; set; } = 2;

    /// <value>Default <see cref="OnStop.Pause"/>.</value>
    public OnStop OnStop { get; set; } = OnStop.Pause;

    /// <summary>How long beyond its time a sandbox that no server looks after waits for one, before it ends itself.</summary>
    /// <value>Default one minute.</value>
    public TimeSpan OrphanGrace { get; set; } = TimeSpan.FromMinutes(1);
}
