using System.Text;
using System.Text.Json;
using Colloquy.Silo;

namespace Colloquy.Web.Tests;

/// <summary>The whole server on a free loopback port with its data in a temporary folder: nothing is in its place.</summary>
public sealed class WholeServer : IAsyncLifetime
{
    private readonly string _data = Directory.CreateTempSubdirectory("colloquy-web-tests-").FullName;
    private ColloquyServer? _server;
    private HttpClient? _http;

    public string Url => _server!.Url;

    public HttpClient Http => _http!;

    public async ValueTask InitializeAsync()
    {
        // Development, because a machine that runs tests need not be able to isolate sandboxes.
        _server = await ColloquyServer.StartAsync(
            new ServerSettings { Urls = "http://127.0.0.1:0", DataFolder = _data, Quiet = true, Environment = "Development" },
            CancellationToken.None);
        _http = new HttpClient { BaseAddress = new Uri(_server.Url) };
    }

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Directory.Delete(_data, recursive: true);
    }

    public async Task<string> CreateSessionAsync(CancellationToken cancellationToken)
    {
        var (_, session) = await SendAsync(HttpMethod.Post, "/v1/sessions", "{}", cancellationToken);
        return session.GetProperty("id").GetString()!;
    }

    public async Task<(int Status, JsonElement Json)> SendAsync(
        HttpMethod method, string path, string? body, CancellationToken cancellationToken, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        using var response = await Http.SendAsync(request, cancellationToken);
        return ((int)response.StatusCode, JsonSerializer.Deserialize<JsonElement>(
            await response.Content.ReadAsByteArrayAsync(cancellationToken)));
    }
}
