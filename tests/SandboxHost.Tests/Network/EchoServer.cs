using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Colloquy.SandboxHost.Tests.Network;

/// <summary>Listens on the host and sends back what it gets, until the caller is done.</summary>
public sealed class EchoServer : IAsyncDisposable
{
    private readonly ConcurrentBag<Task> _served = [];
    private readonly Socket _listener;
    private readonly Task _accepting;

    public EchoServer(EndPoint address)
    {
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(address);
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public int Connections => _served.Count;

    public static EchoServer OnLoopback() => new(new IPEndPoint(IPAddress.Loopback, 0));

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_served);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _served.Add(EchoAsync(await _listener.AcceptAsync()));
        }
        catch (SocketException)
        {
            // It is closed.
        }
    }

    private static async Task EchoAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            await stream.CopyToAsync(stream);
        }
        catch (IOException)
        {
            // The caller was killed.
        }
    }
}
