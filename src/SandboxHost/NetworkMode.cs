namespace Colloquy.SandboxHost;

/// <summary>What a sandbox can reach beyond itself.</summary>
public enum NetworkMode
{
    /// <summary>Nothing: a network of its own with a loopback only.</summary>
    None,

    /// <summary>The model gateway, at a port of its own loopback, and nothing else.</summary>
    Gateway,

    /// <summary>The internet and the host's other addresses, not the host's loopback; and the gateway, if there is one.</summary>
    Open,
}
