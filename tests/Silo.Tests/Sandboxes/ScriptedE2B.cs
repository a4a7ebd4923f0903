using System.Collections.Concurrent;
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
internal sealed partial class ScriptedE2B : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, ConcurrentQueue<Func<HttpContext, Task<bool>>>> _faults = new();

    private ScriptedE2B(WebApplication app) => _app = app;

    public Uri Url { get; private set; } = null!;

    public ConcurrentQueue<RecordedRequest> Requests { get; } = new();

    public ConcurrentDictionary<string, FakeSandbox> Sandboxes { get; } = new();

    public ConcurrentDictionary<string, byte[]> Files { get; } = new();

    /// <summary>What ListDir answers, by path.</summary>
    public ConcurrentDictionary<string, string> Folders { get; } = new();

    public string EnvdVersion { get; set; } = "0.6.13";

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>More than this is cut off without a word, or refused, by the call.</summary>
    public TimeSpan LongestRun { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How many sandboxes a page of the list has.</summary>
    public int PageLength { get; set; } = 100;

    /// <summary>What the next processes do.</summary>
    public Func<ProcessScript, Task> Process { get; set; } = script => script.EndAsync(exitCode: 0);

    public static async Task<ScriptedE2B> StartAsync(TimeProvider time)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new ScriptedE2B(app) { Time = time };
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
        return Sandboxes[id] = new FakeSandbox(id, metadata ?? [], DateTimeOffset.UnixEpoch.AddDays(Sandboxes.Count))
        {
            EndAt = Time.GetUtcNow() + TimeSpan.FromMinutes(5),
        };
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

        await (request.Call switch
        {
            "POST /files" => WithSandbox(context, request, () => SaveAsync(context, request)),
            "GET /files" => WithSandbox(context, request, () => LoadAsync(context)),
            "POST /filesystem.Filesystem/ListDir" => WithSandbox(context, request, () => ListDirAsync(context, request)),
            "POST /process.Process/Start" => WithSandbox(context, request, () => StartAsync(context, request)),
            _ => ControlAsync(context, request),
        });
    }

    private static Task Error(HttpContext context, int status, string message, JsonNode? code = null) =>
        Json(context, status, new JsonObject { ["code"] = code ?? status, ["message"] = message });

    private static Task Json(HttpContext context, int status, JsonNode body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString());
    }
}
