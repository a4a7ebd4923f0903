namespace Colloquy.SandboxHost;

/// <summary>What stands between a sandbox and the host.</summary>
public enum IsolationMode
{
    /// <summary>Own namespaces, own root, no network, no capabilities.</summary>
    Bubblewrap,

    /// <summary>
    /// Nothing but a folder of its own: commands run as the server's user and can read what it can read. For
    /// development where bubblewrap cannot be had.
    /// </summary>
    None,
}
