using System.Text;
using Colloquy.Client;
using Colloquy.Emulators;
using Colloquy.Models;
using Colloquy.Sessions;
using Colloquy.Web.ModelGateway;
using Colloquy.Web.Tests.Doubles;
using Microsoft.Extensions.Logging.Abstractions;

namespace Colloquy.Web.Tests.ModelGateway;

/// <summary>The gateway on a loopback port, between a client and an emulated provider, with a session in memory.</summary>
internal sealed class GatewayFixture : IAsyncDisposable
{
    public const string Key = "sk-ant-the-secret";
    public const string Question =
        """{"model":"claude-opus-5-5","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"Hi"}]}""";

    private static readonly TurnTokens Tokens = new("a key of sixteen bytes"u8);

    private readonly ModelGatewayServer _server;

    private GatewayFixture(MessagesEmulator provider, ModelGatewayServer server, InMemorySession session)
    {
        (Provider, _server, Session) = (provider, server, session);
        Http = new HttpClient { BaseAddress = new Uri(server.Address), Timeout = TimeSpan.FromSeconds(30) };
        Http.DefaultRequestHeaders.Add("x-api-key", Token);
    }

    public static SessionId SessionId { get; } = new("sesn_gateway");

    public static TurnId Turn { get; } = new("turn_1");

    public static string Token { get; } = Issue(TimeSpan.FromMinutes(5));

    public MessagesEmulator Provider { get; }

    public InMemorySession Session { get; }

    /// <summary>Sends the turn's token.</summary>
    public HttpClient Http { get; }

    public string Url => _server.Address;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static string Issue(TimeSpan lifetime) =>
        Tokens.Issue(SessionId, Turn, TimeProvider.System.GetUtcNow() + lifetime);

    public static async Task<GatewayFixture> StartAsync(
        Action<ModelGatewayOptions>? configure = null, string? missing = null)
    {
        var provider = await MessagesEmulator.StartAsync(cancellationToken: Stop);
        var grains = new InMemoryGrains(TimeProvider.System);
        var options = new ModelGatewayOptions { ProviderUrl = provider.Url, ApiKey = Key };
        configure?.Invoke(options);
        Assert.Empty(options.Problems());
        var server = new ModelGatewayServer(
            options, GatewaySocket.Bind("http://127.0.0.1:0"), new ModelCallClient(grains.Factory), Tokens,
            TimeProvider.System, NullLoggerFactory.Instance, missing);
        await server.StartAsync(Stop);
        var session = grains.Session(SessionId.Value);
        await session.CreateAsync(new CreateSession());
        session.RunningTurn = Turn;
        return new GatewayFixture(provider, server, session);
    }

    /// <summary>Returns as soon as the headers are there.</summary>
    public Task<HttpResponseMessage> AskAsync(
        string? body = null, string path = "/v1/messages?beta=true", HttpMethod? method = null,
        params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method ?? HttpMethod.Post, path);
        if (request.Method == HttpMethod.Post)
        {
            request.Content = new StringContent(body ?? Question, Encoding.UTF8, "application/json");
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
    }

    public Task StopAsync() => _server.StopAsync(Stop);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _server.DisposeAsync();
        await Provider.DisposeAsync();
    }
}
