using System.Net;
using System.Net.Sockets;

namespace Colloquy.SandboxHost.Network;

/// <summary>Connects to the model gateway, and says when that stops or starts to work.</summary>
internal sealed partial class GatewayClient(EndPoint address, ILogger log)
{
    private const int KeepAliveSeconds = 60;

    private bool _fails;

    /// <returns>Null if it cannot be reached.</returns>
    internal async Task<Socket?> ConnectAsync()
    {
        Socket? socket = null;
        try
        {
            socket = address is UnixDomainSocketEndPoint
                ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
                : NewTcp();
            await socket.ConnectAsync(address);
            if (Interlocked.Exchange(ref _fails, false)) LogReached(address);
            return socket;
        }
        catch (SocketException failure)
        {
            socket?.Dispose();
            // Sandboxes may try as often as they like; the log gets it once.
            if (!Interlocked.Exchange(ref _fails, true)) LogUnreachable(address, failure.Message);
            return null;
        }
    }

    /// <summary>With probes: no network in between must forget a connection on which a model is silent.</summary>
    private static Socket NewTcp()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
        return socket;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The model gateway at {Address} cannot be reached: {Reason}. Sandboxes find it closed")]
    private partial void LogUnreachable(EndPoint address, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The model gateway at {Address} is reached again")]
    private partial void LogReached(EndPoint address);
}
