using System.Net;
using System.Net.Sockets;

namespace Colloquy.SandboxHost.Network;

/// <summary>Reads where the model gateway listens.</summary>
internal static class GatewayAddress
{
    private const string Unix = "unix:";

    /// <exception cref="ArgumentException">It is not an address; the message says what is.</exception>
    internal static EndPoint Parse(string url)
    {
        if (url.StartsWith(Unix, StringComparison.Ordinal) && Path.IsPathRooted(url[Unix.Length..]))
            return new UnixDomainSocketEndPoint(url[Unix.Length..]);
        if (Uri.TryCreate(url, UriKind.Absolute, out var uri)
            && uri is { Scheme: "http", PathAndQuery: "/", UserInfo: "", Fragment: "" })
        {
            return IPAddress.TryParse(uri.DnsSafeHost, out var ip)
                ? new IPEndPoint(ip, uri.Port)
                : new DnsEndPoint(uri.DnsSafeHost, uri.Port);
        }

        throw new ArgumentException($"GatewayUrl '{url}' is neither http://HOST:PORT (without a path) nor unix:/PATH.");
    }
}
