using Colloquy.SandboxHost.ControlPlane;
using Colloquy.SandboxHost.DataPlane;
using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Sandboxes;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Colloquy.SandboxHost;

/// <summary>
/// Serves sandboxes of this machine over the part of E2B's API that sessions need: control plane and sandbox traffic
/// on one port. Disposing it, or its death, ends every sandbox.
/// </summary>
public sealed partial class SandboxHostServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SandboxRegistry _registry;
    private readonly CageFactory _cages;

    private SandboxHostServer(WebApplication app, SandboxRegistry registry, CageFactory cages) =>
        (_app, _registry, _cages) = (app, registry, cages);

    /// <summary>Where it listens, with the port that was free.</summary>
    public string Url => _app.Urls.First();

    /// <summary>Ends what an earlier server left in the data folder and starts to serve.</summary>
    /// <exception cref="InvalidOperationException">The data folder is in use or cannot be written.</exception>
    /// <exception cref="IOException">The address is taken.</exception>
    public static async Task<SandboxHostServer> StartAsync(
        SandboxHostOptions options, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(options.ApiKey);
        var cages = new CageFactory(options);
        var registry = new SandboxRegistry(cages, options.MaxSandboxes, time, loggers.CreateLogger<SandboxRegistry>());
        var server = new SandboxHostServer(Build(options, registry, loggers, time), registry, cages);
        try
        {
            var (folders, alive) = cages.Reap();
            var log = loggers.CreateLogger<SandboxHostServer>();
            if (folders > 0) LogReaped(log, folders, alive);
            await server._app.StartAsync(cancellationToken);
            LogListening(log, server.Url, options.IsolationMode);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The sandboxes first: their streams end with them, and Kestrel does not have to wait for those.
        await _registry.DisposeAsync();
        await _app.DisposeAsync();
        _cages.Dispose();
    }

    private static WebApplication Build(
        SandboxHostOptions options, SandboxRegistry registry, ILoggerFactory loggers, TimeProvider time)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Files may be large, and a reader that stalls is meant to stall the process, not to be cut off.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        builder.WebHost.UseUrls([.. options.Urls]);
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, HostedLifetime>();
        builder.Services.AddRoutingCore();

        var app = builder.Build();
        app.Use(new ApiErrors(loggers.CreateLogger<ApiErrors>()).InvokeAsync);
        app.Use(new DataPlaneRouting(registry).InvokeAsync);
        app.UseRouting();
        new SandboxEndpoints(registry, new SandboxViews(options), new ApiKeyFilter(options.ApiKey)).Map(app);
        new ProcessEndpoints(new ProcessStream(time), time).Map(app);
        new FileEndpoints(new UrlSignature(time)).Map(app);
        FilesystemEndpoints.Map(app);
        new WatchEndpoints(new ServerStream(time), time).Map(app);
        app.MapFallback(http => ApiErrors.WriteAsync(http, 404, $"{http.Request.Method} {http.Request.Path} is not served here"));
        return app;
    }

    /// <summary>The process belongs to whoever hosts this server: signals are not ours to take.</summary>
    private sealed class HostedLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
