using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Colloquy.Web.ModelGateway;

namespace Colloquy.Web.Tests.ModelGateway;

[UnsupportedOSPlatform("windows")]
public sealed class GatewaySocketTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("colloquy-socket-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Socket_of_a_killed_server_is_replaced_and_only_for_its_user()
    {
        var path = Path.Combine(_folder, "gateway.sock");
        LeaveStale(path);

        using var socket = GatewaySocket.Bind("unix:" + path);

        Assert.Equal("unix:" + path, socket.Address);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void Socket_in_use_is_not_taken_away()
    {
        var path = Path.Combine(_folder, "gateway.sock");
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        other.Bind(new UnixDomainSocketEndPoint(path));
        other.Listen();

        var error = Assert.Throws<ModelGatewayException>(() => GatewaySocket.Bind("unix:" + path));

        Assert.Contains("in use by another server", error.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(path));
    }

    [Fact]
    public void File_in_the_way_is_kept()
    {
        var path = Path.Combine(_folder, "notes.txt");
        File.WriteAllText(path, "mine");

        Assert.Throws<ModelGatewayException>(() => GatewaySocket.Bind("unix:" + path));

        Assert.Equal("mine", File.ReadAllText(path));
    }

    [Fact]
    public void Long_data_folder_gets_a_socket_in_the_temporary_one()
    {
        var address = GatewaySocket.DefaultAddress("/" + new string('x', 120));

        Assert.StartsWith("unix:" + Path.GetTempPath(), address, StringComparison.Ordinal);
        Assert.NotEqual(address, GatewaySocket.DefaultAddress("/" + new string('y', 120)));
        using var socket = GatewaySocket.Bind(address);
        var folder = Path.GetDirectoryName(address["unix:".Length..])!;
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        socket.Dispose();
        Directory.Delete(folder);
    }

    [Theory]
    [InlineData("https://127.0.0.1:1")]
    [InlineData("http://127.0.0.1:1/path")]
    [InlineData("unix:relative.sock")]
    [InlineData("nonsense")]
    public void Address_that_is_none_is_named(string address)
    {
        var error = Assert.Throws<ModelGatewayException>(() => GatewaySocket.Bind(address));

        Assert.Contains(address, error.Message, StringComparison.Ordinal);
        Assert.Contains("ModelGateway:Listen", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Address_of_another_program_is_refused_with_what_to_do()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();

        var error = Assert.Throws<ModelGatewayException>(() => GatewaySocket.Bind($"http://{other.LocalEndpoint}"));

        Assert.Contains("ModelGateway:Listen", error.Message, StringComparison.Ordinal);
    }

    private static void LeaveStale(string path)
    {
        // Its handle is closed without the clean-up that removes the file, as when its process is killed.
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        var moved = path + ".kept";
        File.Move(path, moved);
        socket.Dispose();
        File.Move(moved, path);
    }
}
