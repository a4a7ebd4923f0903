using System.Net;
using System.Net.Sockets;
using Colloquy.SandboxHost.Isolation;

namespace Colloquy.SandboxHost.Network;

/// <summary>Connects to the loopback inside with sockets that were made there, a few of them ahead.</summary>
internal sealed class NamespaceDoor(Namespaces namespaces) : ISandboxDoor
{
    private const int Ahead = 8;

    // Many development servers listen on "localhost", which may be either.
    private static readonly IPAddress[] Loopbacks = [IPAddress.Loopback.MapToIPv6(), IPAddress.IPv6Loopback];

    private readonly Lock _lock = new();
    private readonly Stack<Socket> _unused = new();
    private bool _closed;

    public async Task<Socket> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        for (var i = 0; ; i++)
        {
            var socket = await TakeAsync();
            try
            {
                var address = socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : Loopbacks[i];
                await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken);
                socket.NoDelay = true;
                return socket;
            }
            catch (SocketException) when (i + 1 < Loopbacks.Length)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    /// <summary>Sockets keep the network they were made in, so they must not outlive the sandbox.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
            while (_unused.TryPop(out var socket)) socket.Dispose();
        }
    }

    private async Task<Socket> TakeAsync()
    {
        lock (_lock)
        {
            if (_unused.TryPop(out var socket)) return socket;
        }

        var made = await NamespaceHelper.MakeSocketsAsync(namespaces, Ahead);
        lock (_lock)
        {
            foreach (var socket in made) _unused.Push(socket);
            if (!_closed) return _unused.Pop();
        }

        Dispose();
        throw new SandboxGoneException();
    }
}
