using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Colloquy.Web.ModelGateway;

/// <summary>Sends requests to the provider, with its credential in place of the turn's token.</summary>
internal sealed class ProviderClient : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(10);
    private const int KeepAliveSeconds = 60;

    private readonly HttpMessageInvoker _http;
    private readonly ModelGatewayOptions _options;
    private readonly string _base;

    public ProviderClient(ModelGatewayOptions options)
    {
        _options = options;
        _base = options.ProviderUrl.TrimEnd('/');
        // No limit in time: a model may think for long, and the turn has a deadline of its own.
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ActivityHeadersPropagator = null, // the agent's own traceparent passes
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectCallback = ConnectAsync,
            ConnectTimeout = ConnectTimeout,
            MaxResponseDrainSize = 0, // an answer that nobody wants any more ends at once
            PooledConnectionLifetime = ConnectionLifetime, // so that changes of its DNS are seen
            UseCookies = false,
            UseProxy = false,
        });
    }

    /// <summary>Who is asked, for logs and errors.</summary>
    public string Name => _base;

    /// <returns>As soon as the headers are there.</returns>
    /// <exception cref="HttpRequestException">It could not be reached, or broke off before it answered.</exception>
    public Task<HttpResponseMessage> SendAsync(
        HttpRequest request, ReadOnlyMemory<byte>? body, CancellationToken cancellationToken)
    {
        var message = new HttpRequestMessage(
            new HttpMethod(request.Method), new Uri($"{_base}{request.Path.ToUriComponent()}{request.QueryString}"));
        PassedHeaders.CopyTo(message.Headers, request.Headers);
        message.Headers.AcceptEncoding.ParseAdd("identity"); // it is read on its way
        PassedHeaders.Authorize(message.Headers, _options);
        if (body is { } bytes)
        {
            message.Content = new ReadOnlyMemoryContent(bytes);
            message.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType ?? "application/json");
        }

        return _http.SendAsync(message, cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>With probes, so that a network that forgets silent connections keeps those of slow models.</summary>
    private static async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
