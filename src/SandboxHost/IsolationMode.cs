namespace Colloquy.SandboxHost;

/// <summary>What stands between a sandbox and the host.</summary>
public enum IsolationMode
{
    /// <summary>Own namespaces, own root, own network (see <see cref="NetworkMode"/>), no capabilities.</summary>
    Bubblewrap,

    /// <summary>
    /// Nothing but a folder of its own: commands run as the server's user and can read what it can read. The
    /// network is the host's: whoever may call a sandbox's ports can call every port of the host's loopback. For
    /// development where bubblewrap cannot be had.
    /// </summary>
    None,
}
