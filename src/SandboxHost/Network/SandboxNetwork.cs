using System.Net;
using System.Net.Sockets;
using Colloquy.SandboxHost.Isolation;

namespace Colloquy.SandboxHost.Network;

/// <summary>What leads into and out of one running sandbox.</summary>
internal sealed class SandboxNetwork : IDisposable
{
    private readonly ISandboxDoor _door;

    private SandboxNetwork(ISandboxDoor door)
    {
        _door = door;
        Ports = new HttpMessageInvoker(new SocketsHttpHandler
        {
            // As a proxy: what comes from inside goes out as it is, and nothing of ours goes in.
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectCallback = async (connection, cancellationToken) => new NetworkStream(
                await door.ConnectAsync(connection.DnsEndPoint.Port, cancellationToken), ownsSocket: true),
        });
    }

    /// <summary>Speaks HTTP to ports inside; the host in the address does not matter.</summary>
    internal HttpMessageInvoker Ports { get; }

    internal static SandboxNetwork Of(ICage cage) =>
        new(cage.Namespaces is { } namespaces ? new NamespaceDoor(namespaces) : new HostDoor());

    public void Dispose()
    {
        Ports.Dispose();
        _door.Dispose();
    }
}
