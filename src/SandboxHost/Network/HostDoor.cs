using System.Net;
using System.Net.Sockets;

namespace Colloquy.SandboxHost.Network;

/// <summary>Without isolation the loopback of a sandbox is that of the host.</summary>
internal sealed class HostDoor : ISandboxDoor
{
    public async Task<Socket> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new DnsEndPoint("localhost", port), cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        // Nothing is kept.
    }
}
