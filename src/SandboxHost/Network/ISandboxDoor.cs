using System.Net.Sockets;

namespace Colloquy.SandboxHost.Network;

/// <summary>Leads from the server to the loopback of a sandbox.</summary>
internal interface ISandboxDoor : IDisposable
{
    /// <exception cref="SocketException">Nothing listens there.</exception>
    /// <exception cref="Isolation.SandboxGoneException"/>
    Task<Socket> ConnectAsync(int port, CancellationToken cancellationToken);
}
