using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;

namespace Colloquy.Web.ModelGateway;

/// <summary>
/// The address of a gateway, taken before anything else starts: a host of sandboxes must know it, and whoever cannot
/// have it is told at once.
/// </summary>
public sealed class GatewaySocket : IDisposable
{
    private const string Unix = "unix:";
    private const string FileName = "gateway.sock";

    /// <summary>What fits into the address of a Unix socket, without the zero at its end.</summary>
    private const int LongestPath = 107;

    private GatewaySocket(Socket socket, string address) => (Socket, Address) = (socket, address);

    /// <summary>As <c>SandboxHost:GatewayUrl</c> takes it: <c>http://HOST:PORT</c> or <c>unix:/PATH</c>.</summary>
    public string Address { get; }

    internal Socket Socket { get; }

    /// <summary>Where a gateway listens that is not told: in the data folder, or near it if the path is too long.</summary>
    public static string DefaultAddress(string dataFolder)
    {
        var path = Path.Combine(dataFolder, FileName);
        if (Encoding.UTF8.GetByteCount(path) <= LongestPath)
        {
            return Unix + path;
        }

        var mark = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(dataFolder)).AsSpan(0, 8));
        return Unix + Path.Combine(Path.GetTempPath(), $"colloquy-{mark}", FileName);
    }

    /// <param name="address"><c>http://HOST:PORT</c>, port 0 for a free one, or <c>unix:/PATH</c>.</param>
    /// <exception cref="ModelGatewayException">It is no address, or cannot be had; the message says why.</exception>
    public static GatewaySocket Bind(string address)
    {
        try
        {
            return address.StartsWith(Unix, StringComparison.Ordinal)
                ? BindUnix(address[Unix.Length..])
                : BindTcp(address);
        }
        catch (Exception error) when (error is SocketException or IOException or UnauthorizedAccessException)
        {
            throw new ModelGatewayException(
                $"The model gateway cannot listen on {address}: {error.Message}. Choose another address with " +
                $"{ModelGatewayOptions.Section}:Listen.", error);
        }
    }

    public void Dispose() => Socket.Dispose();

    private static GatewaySocket BindTcp(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) ||
            uri is not { Scheme: "http", PathAndQuery: "/", UserInfo: "", Fragment: "" })
        {
            throw new ModelGatewayException(
                $"{ModelGatewayOptions.Section}:Listen '{address}' is not an address to listen on. Give http://HOST:PORT " +
                "or unix:/PATH.");
        }

        var host = IPAddress.TryParse(uri.DnsSafeHost, out var ip) ? ip : Dns.GetHostAddresses(uri.DnsSafeHost)[0];
        var socket = new Socket(host.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(host, uri.Port));
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        // Who listens everywhere is reached on the machine itself by its loopback address.
        var reached = host.Equals(IPAddress.Any) ? IPAddress.Loopback
            : host.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
            : host;
        var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        return new GatewaySocket(socket, $"http://{new IPEndPoint(reached, port)}");
    }

    private static GatewaySocket BindUnix(string path)
    {
        if (!Path.IsPathRooted(path) || Encoding.UTF8.GetByteCount(path) > LongestPath)
        {
            throw new ModelGatewayException(
                $"{ModelGatewayOptions.Section}:Listen '{Unix}{path}' is not the full path of a socket, of at most " +
                $"{LongestPath} bytes.");
        }

        MakeFolder(Path.GetDirectoryName(path)!);
        RemoveStale(path);
        var socket = NewUnixSocket();
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            if (!OperatingSystem.IsWindows())
            {
                // Nobody can connect before the server listens, so there is no moment in which others could.
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return new GatewaySocket(socket, Unix + path);
    }

    /// <summary>A folder that must be made is for nobody else; in the temporary one, another user may have been faster.</summary>
    private static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else if (!Directory.Exists(folder) || IsDefaultInTemp(folder))
        {
            MakePrivate(folder);
        }
    }

    [UnsupportedOSPlatform("windows")]
    private static void MakePrivate(string folder)
    {
        const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(folder, OnlyOwner);
        File.SetUnixFileMode(folder, OnlyOwner); // fails if it is another user's
    }

    private static bool IsDefaultInTemp(string folder) =>
        Path.GetFileName(folder).StartsWith("colloquy-", StringComparison.Ordinal) &&
        Path.GetDirectoryName(folder) == Path.TrimEndingDirectorySeparator(Path.GetTempPath());

    /// <summary>A killed server leaves its socket behind: nobody answers there any more.</summary>
    private static void RemoveStale(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using var probe = NewUnixSocket();
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionRefused && !IsPlainFile(path))
        {
            File.Delete(path);
            return;
        }

        throw new ModelGatewayException(
            $"The socket {path} is in use by another server. Stop it, or choose another address with " +
            $"{ModelGatewayOptions.Section}:Listen.");
    }

    /// <summary>A socket cannot be opened as a file.</summary>
    private static bool IsPlainFile(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static Socket NewUnixSocket() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
}

/// <summary>The gateway cannot start. The message says what happened, why, and what to do.</summary>
public sealed class ModelGatewayException(string message, Exception? inner = null) : Exception(message, inner);
