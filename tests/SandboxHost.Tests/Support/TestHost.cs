using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;
using Colloquy.SandboxHost.Sandboxes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Colloquy.SandboxHost.Tests.Support;

/// <summary>A server on a folder of its own, and a plain HTTP client of it.</summary>
public sealed class TestHost : IAsyncDisposable
{
    public const string ApiKey = "e2b_test";
    private readonly SandboxHostServer? _server;
    private readonly bool _ownsFolder;

    private TestHost(SandboxHostServer? server, string url, string dataFolder, bool ownsFolder)
    {
        (_server, DataFolder, _ownsFolder) = (server, dataFolder, ownsFolder);
        Http = new HttpClient { BaseAddress = new Uri(url) };
    }

    public string DataFolder { get; }

    public HttpClient Http { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<TestHost> StartAsync(
        IsolationMode isolation = IsolationMode.Bubblewrap,
        TimeProvider? time = null,
        int maxSandboxes = 1000,
        string? dataFolder = null,
        int spares = 0,
        OnStop onStop = OnStop.Kill,
        ILoggerFactory? loggers = null,
        Action<SandboxHostOptions>? configure = null)
    {
        var folder = dataFolder ?? Directory.CreateTempSubdirectory("sandboxhost-").FullName;
        var options = new SandboxHostOptions
        {
            DataFolder = folder,
            ApiKey = ApiKey,
            IsolationMode = isolation,
            MaxSandboxes = maxSandboxes,
            SpareSandboxes = spares,
            OnStop = onStop,
        };
        configure?.Invoke(options);
        var server = await SandboxHostServer.StartAsync(
            options, loggers ?? NullLoggerFactory.Instance, time ?? TimeProvider.System, Cancel);
        return new TestHost(server, server.Url, folder, dataFolder is null);
    }

    /// <summary>One that somebody else has started.</summary>
    public static TestHost Of(string url, string dataFolder) => new(null, url, dataFolder, ownsFolder: false);

    public async Task<HttpResponseMessage> ControlAsync(HttpMethod method, string path, object? body = null, string? key = ApiKey)
    {
        using var request = new HttpRequestMessage(method, path);
        if (key is not null) request.Headers.Add("X-API-KEY", key);
        if (body is string text) request.Content = new StringContent(text, null, "application/json");
        else if (body is not null) request.Content = JsonContent.Create(body);
        return await Http.SendAsync(request, Cancel);
    }

    public async Task<JsonNode> JsonAsync(HttpMethod method, string path, object? body, HttpStatusCode expected)
    {
        using var response = await ControlAsync(method, path, body);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.StatusCode == expected, $"{(int)response.StatusCode} {text}");
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }

    public async Task<TestSandbox> CreateAsync(object? more = null)
    {
        var body = JsonSerializer.SerializeToNode(more ?? new { })!.AsObject();
        body["templateID"] = "base";
        var created = await JsonAsync(HttpMethod.Post, "/v2/sandboxes", body, HttpStatusCode.Created);
        return new TestSandbox(Http, (string)created["sandboxID"]!, (string)created["envdAccessToken"]!);
    }

    public string FolderOf(TestSandbox sandbox) => Path.Combine(DataFolder, "sandboxes", sandbox.Id);

    internal ProcessIdentity InitOf(TestSandbox sandbox) => SandboxRecord.Read(new SandboxFolder(FolderOf(sandbox)))!.Init!;

    /// <summary>The same sandbox, as this server has it.</summary>
    public TestSandbox Again(TestSandbox sandbox) => new(Http, sandbox.Id, sandbox.Token);

    public Task<JsonNode> DetailsAsync(TestSandbox sandbox) =>
        JsonAsync(HttpMethod.Get, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.OK);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_server is not null) await _server.DisposeAsync();
        if (_ownsFolder) Directory.Delete(DataFolder, recursive: true);
    }
}
