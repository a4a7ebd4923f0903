using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Colloquy.Web.Tests.ModelGateway;

/// <summary>Answers the first request by bytes that no decent web server would send.</summary>
internal sealed class RawProvider : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    /// <param name="answer">Each character is a byte.</param>
    public RawProvider(string answer)
    {
        _listener.Start();
        _ = AnswerAsync(Encoding.Latin1.GetBytes(answer));
    }

    public string Url => $"http://{_listener.LocalEndpoint}";

    public void Dispose() => _listener.Dispose();

    private async Task AnswerAsync(byte[] answer)
    {
        using var connection = await _listener.AcceptSocketAsync();
        var request = new StringBuilder();
        var buffer = new byte[4096];
        while (!request.ToString().EndsWith('}'))
        {
            request.Append(Encoding.Latin1.GetString(buffer, 0, await connection.ReceiveAsync(buffer)));
        }

        await connection.SendAsync(answer);
        connection.Shutdown(SocketShutdown.Send);
        while (await connection.ReceiveAsync(buffer) > 0)
        {
        }
    }
}
