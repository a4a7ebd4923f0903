using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Colloquy.Silo.Sandboxes;

/// <summary>A server that answers as E2B's does, as faithfully or as badly as a test wants.</summary>
internal sealed class ScriptedE2B : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, ConcurrentQueue<Func<HttpContext, Task<bool>>>> _faults = new();

    private ScriptedE2B(WebApplication app) => _app = app;

    public Uri Url { get; private set; } = null!;

    public ConcurrentQueue<RecordedRequest> Requests { get; } = new();

    public ConcurrentDictionary<string, FakeSandbox> Sandboxes { get; } = new();

    public ConcurrentDictionary<string, byte[]> Files { get; } = new();

    public string EnvdVersion { get; set; } = "0.6.13";

    /// <summary>What the next processes do.</summary>
    public Func<ProcessScript, Task> Process { get; set; } = script => script.EndAsync(exitCode: 0);

    public static async Task<ScriptedE2B> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new ScriptedE2B(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        server.Url = new Uri(app.Services.GetRequiredService<IServer>().Features
            .Get<IServerAddressesFeature>()!.Addresses.Single());
        return server;
    }

    /// <summary>
    /// Lets the next such request, for example <c>POST /v2/sandboxes</c>, go another way. A fault that returns false
    /// leaves the answer to the usual behaviour.
    /// </summary>
    public void Next(string call, Func<HttpContext, Task<bool>> fault) =>
        _faults.GetOrAdd(call, _ => new()).Enqueue(fault);

    public void Next(string call, int status, string body = "{}", string? retryAfter = null) =>
        Next(call, async context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = retryAfter;
            await context.Response.WriteAsync(body);
            return true;
        });

    public IEnumerable<RecordedRequest> To(string call) => Requests.Where(request => request.Call == call);

    public FakeSandbox Add(Dictionary<string, string>? metadata = null)
    {
        var id = $"i{Sandboxes.Count:d20}";
        return Sandboxes[id] = new FakeSandbox(id, metadata ?? [], DateTimeOffset.UnixEpoch.AddDays(Sandboxes.Count));
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var request = await RecordedRequest.ReadAsync(context.Request);
        Requests.Enqueue(request);
        if (_faults.TryGetValue(request.Call, out var faults) && faults.TryDequeue(out var fault) && await fault(context))
        {
            return;
        }

        await (request.Path switch
        {
            "/files" => SaveAsync(context, request),
            "/process.Process/Start" => WithSandbox(context, request, () => StartAsync(context, request)),
            _ => ControlAsync(context, request),
        });
    }

    private Task ControlAsync(HttpContext context, RecordedRequest request)
    {
        if (!request.Headers.ContainsKey("X-API-KEY"))
        {
            return Error(context, 401, "authorization header is missing");
        }

        var id = request.Path.Split('/').FirstOrDefault(part => part.StartsWith("i0", StringComparison.Ordinal)) ?? "";
        return (request.Call.Replace(id.Length > 0 ? id : "\0", "{id}", StringComparison.Ordinal)) switch
        {
            "POST /v2/sandboxes" => CreateAsync(context, request),
            "GET /v2/sandboxes" => Json(context, 200, new JsonArray([.. Matching(request).Select(s => s.ToJson())])),
            _ when !Sandboxes.TryGetValue(id, out _) => Error(context, 404, $"Sandbox \"{id}\" doesn't exist"),
            "GET /sandboxes/{id}" => Json(context, 200, Sandboxes[id].ToJson()),
            "POST /v2/sandboxes/{id}/connect" => Json(context, 200, Access(id)),
            "DELETE /sandboxes/{id}" => DeleteAsync(context, id),
            _ => Error(context, 404, $"no such call: {request.Call}"),
        };
    }

    private Task CreateAsync(HttpContext context, RecordedRequest request)
    {
        var metadata = request.Json["metadata"]!.Deserialize<Dictionary<string, string>>()!;
        return Json(context, 201, Access(Add(metadata).Id));
    }

    private Task DeleteAsync(HttpContext context, string id)
    {
        Sandboxes.TryRemove(id, out _);
        context.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    /// <summary>Decodes three times, as E2B does.</summary>
    private IEnumerable<FakeSandbox> Matching(RecordedRequest request)
    {
        var list = Uri.UnescapeDataString(Uri.UnescapeDataString(request.Query.Split("metadata=")[1]));
        var pairs = list.Split('&').Select(pair => pair.Split('=').Select(Uri.UnescapeDataString).ToArray());
        return Sandboxes.Values.Where(
            sandbox => pairs.All(pair => sandbox.Metadata.GetValueOrDefault(pair[0]) == pair[1]));
    }

    private JsonObject Access(string id) => new()
    {
        ["sandboxID"] = id,
        ["templateID"] = "rki5dems9wqfm4r03t7g",
        ["clientID"] = "6532622b",
        ["envdVersion"] = EnvdVersion,
        ["envdAccessToken"] = $"token-of-{id}",
        ["domain"] = null,
        ["somethingNew"] = 1,
    };

    private Task WithSandbox(HttpContext context, RecordedRequest request, Func<Task> answer)
    {
        var id = request.Headers.GetValueOrDefault("E2b-Sandbox-Id") ?? "";
        if (!Sandboxes.ContainsKey(id) || request.Headers.GetValueOrDefault("E2b-Sandbox-Port") != "49983")
        {
            return Json(context, 502, new JsonObject { ["sandboxId"] = id, ["message"] = "The sandbox was not found", ["code"] = 502 });
        }

        return request.Headers.GetValueOrDefault("X-Access-Token") == $"token-of-{id}"
            ? answer()
            : Error(context, 401, "unauthorized access");
    }

    private Task SaveAsync(HttpContext context, RecordedRequest request) => WithSandbox(context, request, async () =>
    {
        if (context.Request.HasFormContentType)
        {
            foreach (var file in (await context.Request.ReadFormAsync()).Files.GetFiles("file"))
            {
                using var bytes = new MemoryStream();
                await file.CopyToAsync(bytes);
                Files[file.FileName] = bytes.ToArray();
            }
        }
        else
        {
            Files[context.Request.Query["path"]!] = request.Body;
        }

        await context.Response.WriteAsync("[]");
    });

    private async Task StartAsync(HttpContext context, RecordedRequest request)
    {
        context.Response.ContentType = "application/connect+json";
        await Process(new ProcessScript(context, request));
    }

    private static Task Error(HttpContext context, int status, string message) =>
        Json(context, status, new JsonObject { ["code"] = status, ["message"] = message });

    private static Task Json(HttpContext context, int status, JsonNode body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString());
    }
}

internal sealed record FakeSandbox(string Id, Dictionary<string, string> Metadata, DateTimeOffset StartedAt)
{
    public JsonNode ToJson() => new JsonObject
    {
        ["sandboxID"] = Id,
        ["startedAt"] = StartedAt.ToString("O"),
        ["state"] = "running",
        ["cpuCount"] = 2,
        ["memoryMB"] = 512,
        ["metadata"] = JsonSerializer.SerializeToNode(Metadata),
    };
}

internal sealed record RecordedRequest(
    string Method, string Path, string Query, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Call => $"{Method} {Path}";

    public JsonNode Json => JsonNode.Parse(Body)!;

    public static async Task<RecordedRequest> ReadAsync(HttpRequest request)
    {
        request.EnableBuffering();
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        request.Body.Position = 0;
        return new RecordedRequest(
            request.Method,
            request.Path.Value!,
            request.QueryString.Value!,
            request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            body.ToArray());
    }
}
