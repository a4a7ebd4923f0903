using System.Net;
using System.Net.Sockets;

namespace Colloquy.SandboxHost.Network;

/// <summary>What leads into and out of one running sandbox.</summary>
internal sealed class SandboxNetwork : IDisposable
{
    private readonly ISandboxDoor _door;
    private readonly GatewayRelay? _gateway;

    internal SandboxNetwork(ISandboxDoor door, GatewayRelay? gateway)
    {
        (_door, _gateway) = (door, gateway);
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

    /// <summary>
    /// Lets go of the sandbox. Sockets keep the network they were made in, so this must follow the sandbox's end; an
    /// open network ends with the sandbox by itself, and stays if that runs on.
    /// </summary>
    public void Dispose()
    {
        Ports.Dispose();
        _gateway?.Dispose();
        _door.Dispose();
    }
}
