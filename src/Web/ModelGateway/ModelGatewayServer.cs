using Colloquy.Client;
using Colloquy.Models;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Colloquy.Web.ModelGateway;

/// <summary>
/// The model gateway: a web server of its own, so that what a sandbox can reach is this and nothing of the API. Agents
/// call their model here with the token of their turn; the provider's credential stays in this process.
/// </summary>
public sealed partial class ModelGatewayServer : IHostedService, IAsyncDisposable
{
    /// <summary>How long calls that run may still take when the server stops.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private const int MostConnections = 4096;

    private readonly ILogger<ModelGatewayServer> _log;
    private readonly ModelGatewayOptions _options;
    private readonly GatewaySocket _socket;
    private readonly TimeProvider _time;
    private readonly ProviderClient _provider;
    private readonly KestrelServer _server;
    private readonly GatewayApplication _application;
    private readonly CancellationTokenSource _stopping = new();
    private readonly string? _missing;
    private bool _isDisposed;

    /// <param name="socket">Is this server's from now on.</param>
    /// <param name="missing">Why no model can be called, in words for the agent; null if one can.</param>
    public ModelGatewayServer(
        ModelGatewayOptions options, GatewaySocket socket, ModelCallClient calls, TurnTokens tokens, TimeProvider time,
        ILoggerFactory loggers, string? missing = null)
    {
        (_options, _socket, _time, _missing) = (options, socket, time, missing);
        _log = loggers.CreateLogger<ModelGatewayServer>();
        _provider = new ProviderClient(options);
        _server = new KestrelServer(Options.Create(Kestrel(socket)), Transport(socket, loggers), new LogsWithoutCuts(loggers));
        _application = new GatewayApplication(
            new TurnAuthentication(tokens, time),
            new RunningTurns(calls, time),
            new MessagesCall(
                new CallJournal(calls, time, _log, _stopping.Token), _provider, options, time, _log, _stopping.Token),
            new PassThrough(_provider, options),
            new OtlpEndpoint(calls, _log),
            missing);
    }

    /// <summary>Where it listens.</summary>
    public string Address => _socket.Address;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _server.StartAsync(_application, cancellationToken);
        if (_missing is not null)
        {
            LogNoModel(_socket.Address, _missing);
            return;
        }

        LogListens(_socket.Address, _provider.Name, _options.IsOAuth ? "an OAuth token" : "a key");
        if (_options.Direct)
        {
            LogDirect();
        }
    }

    /// <summary>Before the silo: the ends of the calls that are cut must still be stored.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using var grace = new CancellationTokenSource(Grace, _time);
        await using var cut = grace.Token.Register(_stopping.Cancel);
        await _server.StopAsync(cancellationToken);
    }

    /// <summary>Repeating it changes nothing: a container disposes a hosted service once for each of its registrations.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        await _stopping.CancelAsync();
        _server.Dispose();
        _provider.Dispose();
        _socket.Dispose();
        _stopping.Dispose();
    }

    private static KestrelServerOptions Kestrel(GatewaySocket socket)
    {
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MaxConcurrentConnections = MostConnections;
        options.Limits.MaxRequestBodySize = null; // limited where it is read, with an answer in the provider's shape
        options.Limits.MinResponseDataRate = null; // an agent may be busy with something else
        options.Listen(socket.Socket.LocalEndPoint!, listen => listen.Protocols = HttpProtocols.Http1);
        return options;
    }

    private static SocketTransportFactory Transport(GatewaySocket socket, ILoggerFactory loggers) =>
        new(Options.Create(new SocketTransportOptions { CreateBoundListenSocket = _ => socket.Socket }), loggers);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "The model gateway listens on {Address} and forwards to {Provider} with {Credential}")]
    private partial void LogListens(string address, string provider, string credential);

    [LoggerMessage(Level = LogLevel.Information, Message = "The model gateway listens on {Address}. No model can be called: {Missing}")]
    private partial void LogNoModel(string address, string missing);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "DIRECT MODEL ACCESS: agents are handed the provider's credential (ModelGateway:Direct), and whatever runs " +
            "in a sandbox can read it. Usage is read off what they print")]
    private partial void LogDirect();
}
