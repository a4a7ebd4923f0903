using System.Text;
using System.Text.Json;
using Colloquy.Web.Sandboxes;
using Colloquy.Web.Tests.Doubles;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Colloquy.Web.Tests;

/// <summary>The API on a real Kestrel on loopback, over grains in memory and with a clock that tests move.</summary>
public sealed class ApiServer : IAsyncDisposable
{
    public const long MaxFileBytes = 1024 * 1024;

    private readonly WebApplication _app;

    private ApiServer(WebApplication app, InMemoryGrains grains, InMemoryFiles files, FakeTimeProvider time)
    {
        _app = app;
        Grains = grains;
        Files = files;
        Time = time;
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public HttpClient Http { get; }

    public InMemoryGrains Grains { get; }

    public InMemoryFiles Files { get; }

    public FakeTimeProvider Time { get; }

    public string Url => Http.BaseAddress!.ToString();

    public static async Task<ApiServer> StartAsync(Action<IServiceCollection>? configure = null)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 22, 10, 0, 0, TimeSpan.Zero));
        var grains = new InMemoryGrains(time);
        var files = new InMemoryFiles(time);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MinResponseDataRate = null); // viewers may stall
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSingleton(grains.Factory);
        builder.Services.AddSingleton<ISessionFiles>(files);
        builder.Services.AddColloquyWeb(options =>
        {
            options.IsDemoModel = model => model == "offline-1";
            options.MaxFileBytes = MaxFileBytes;
        });
        configure?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapColloquyApi();
        await app.StartAsync();
        return new ApiServer(app, grains, files, time);
    }

    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    /// <summary>Creates a session and returns its id and its grain.</summary>
    public async Task<(string Id, InMemorySession Grain)> CreateSessionAsync()
    {
        var session = await SendAsync(HttpMethod.Post, "/v1/sessions", "{}");
        var id = session.Json.GetProperty("id").GetString()!;
        return (id, Grains.Session(id));
    }

    public async Task<ApiResponse> SendAsync(
        HttpMethod method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new ApiResponse(
            (int)response.StatusCode,
            text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text),
            response.Content.Headers.ContentType?.MediaType,
            response.Headers.Concat(response.Content.Headers)
                .ToDictionary(header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase));
    }

    public Task<ApiResponse> GetAsync(string path, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, path, null, headers);

    public Task<ApiResponse> PostAsync(string path, string body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, body, headers);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }
}

public sealed record ApiResponse(
    int Status, JsonElement Json, string? ContentType, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Error => Json.GetProperty("error");

    public string? Code => Error.GetProperty("code").GetString();

    public string? Field => Error.TryGetProperty("field", out var path) ? path.GetString() : null;

    public string Message => Error.GetProperty("message").GetString()!;
}
