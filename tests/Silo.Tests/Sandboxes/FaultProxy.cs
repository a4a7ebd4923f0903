using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Colloquy.Silo.Sandboxes;

/// <summary>What becomes of one request. It reaches the server only if <paramref name="forward"/> is called.</summary>
internal delegate Task Fault(HttpContext context, Func<Task<HttpResponseMessage>> forward);

/// <summary>Stands between a client and a server, and does to requests what networks do.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _server = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly ConcurrentDictionary<string, ConcurrentQueue<Fault>> _faults = new();

    private FaultProxy(WebApplication app, Uri server) => (_app, Server) = (app, server);

    public Uri Url { get; private set; } = null!;

    /// <summary>A server that was started again listens elsewhere.</summary>
    public Uri Server { get; set; }

    public ConcurrentQueue<string> Calls { get; } = new();

    public static async Task<FaultProxy> StartAsync(Uri server)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var proxy = new FaultProxy(app, server);
        app.Run(proxy.AnswerAsync);
        await app.StartAsync();
        proxy.Url = new Uri(app.Services.GetRequiredService<IServer>().Features
            .Get<IServerAddressesFeature>()!.Addresses.Single());
        return proxy;
    }

    /// <summary>Does it to the next such request, for example <c>POST /v2/sandboxes</c>.</summary>
    public void Next(string call, Fault fault) => _faults.GetOrAdd(call, _ => new()).Enqueue(fault);

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _server.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var call = $"{context.Request.Method} {context.Request.Path}";
        Calls.Enqueue(call);
        var fault = _faults.TryGetValue(call, out var faults) && faults.TryDequeue(out var next) ? next : Faults.None;
        try
        {
            await fault(context, () => ForwardAsync(context));
        }
        catch (Exception exception) when (exception is OperationCanceledException or HttpRequestException or IOException)
        {
            context.Abort();
        }
    }

    private Task<HttpResponseMessage> ForwardAsync(HttpContext context)
    {
        var request = new HttpRequestMessage(
            new HttpMethod(context.Request.Method), new Uri(Server, context.Request.Path + context.Request.QueryString))
        {
            Content = new StreamContent(context.Request.Body),
        };
        foreach (var (name, values) in context.Request.Headers.Where(header => header.Key != "Host"))
        {
            if (!request.Headers.TryAddWithoutValidation(name, values.ToArray()))
            {
                request.Content.Headers.TryAddWithoutValidation(name, values.ToArray());
            }
        }

        return _server.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
    }
}
