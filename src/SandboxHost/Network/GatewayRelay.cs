using System.Buffers;
using System.Collections.Concurrent;
using System.Net.Sockets;

namespace Colloquy.SandboxHost.Network;

/// <summary>Passes the connections that a sandbox makes to its gateway port on to the gateway, byte for byte.</summary>
internal sealed class GatewayRelay : IDisposable
{
    private const int MaxConnections = 256;
    private const int BufferSize = 16 * 1024;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<Socket, bool> _open = new();
    // More wait in the listener's own queue: a sandbox cannot use up the server's descriptors.
    private readonly SemaphoreSlim _free = new(MaxConnections);
    private readonly Socket _listener;
    private readonly GatewayClient _gateway;
    private readonly TimeProvider _time;
    private volatile bool _closed;

    /// <param name="listener">Made in the sandbox's network. It is this relay's from now on.</param>
    internal GatewayRelay(Socket listener, GatewayClient gateway, TimeProvider time)
    {
        (_listener, _gateway, _time) = (listener, gateway, time);
        _ = AcceptAsync();
    }

    public void Dispose()
    {
        _closed = true;
        _listener.Dispose();
        foreach (var socket in _open.Keys) socket.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_closed)
        {
            await _free.WaitAsync();
            try
            {
                _ = RelayAsync(await _listener.AcceptAsync());
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
            {
                _free.Release();
                // While it is open, only a lack of descriptors or memory keeps it from accepting, and that passes.
                if (!_closed) await Task.Delay(Pause, _time);
            }
        }
    }

    private async Task RelayAsync(Socket inner)
    {
        Enter(inner);
        if (await _gateway.ConnectAsync() is { } outer)
        {
            Enter(outer);
            await Task.WhenAll(CopyAsync(inner, outer), CopyAsync(outer, inner));
            Leave(outer);
        }

        Leave(inner);
        _free.Release();
    }

    private void Enter(Socket socket)
    {
        _open[socket] = true;
        if (_closed) socket.Dispose();
    }

    private void Leave(Socket socket)
    {
        socket.Dispose();
        _open.TryRemove(socket, out _);
    }

    // On sockets, not on a NetworkStream: that cannot be made once the other direction has shut its socket down.
    private static async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var length)
            {
                for (var sent = 0; sent < length;) sent += await to.SendAsync(buffer.AsMemory(sent, length - sent));
            }

            // The other direction goes on: a client may be done with its request and wait for the answer.
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            // One side is gone, so the other has nobody to talk to.
            from.Dispose();
            to.Dispose();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
