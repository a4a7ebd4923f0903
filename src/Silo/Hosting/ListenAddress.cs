using System.Net;
using System.Net.Sockets;

namespace Colloquy.Silo.Hosting;

/// <summary>Checks where the server is told to listen, before anything else is started.</summary>
internal static class ListenAddress
{
    /// <exception cref="ServerStartException">An address is not one, or another program has it.</exception>
    public static void Check(string urls)
    {
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            // The web server would read what it does not understand as "any address, port 80".
            if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            {
                throw new ServerStartException(
                    $"'{url}' is not an address to listen on. Give one like http://127.0.0.1:7710; port 0 takes a free one.");
            }

            if (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && uri.Port != 0)
            {
                CheckFree(url, new IPEndPoint(address, uri.Port));
            }
        }
    }

    public static ServerStartException Taken(string url, Exception? inner) => new(
        $"The address {url} is in use by another program. Stop it, or choose another one with --urls " +
        "http://127.0.0.1:PORT (port 0 takes a free one).", inner);

    private static void CheckFree(string url, IPEndPoint endpoint)
    {
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endpoint);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw Taken(url, exception);
        }
    }
}
