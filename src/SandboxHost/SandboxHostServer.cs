using Colloquy.SandboxHost.ControlPlane;
using Colloquy.SandboxHost.DataPlane;
using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Network;
using Colloquy.SandboxHost.Sandboxes;
using Colloquy.SandboxHost.Templates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Yarp.ReverseProxy.Forwarder;

namespace Colloquy.SandboxHost;

/// <summary>
/// Serves sandboxes of this machine over the part of E2B's API that sessions need: control plane and sandbox traffic
/// on one port. Sandboxes outlive its death, and its end if <see cref="SandboxHostOptions.OnStop"/> says so.
/// </summary>
public sealed partial class SandboxHostServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SandboxRegistry _registry;
    private readonly MetricsSampler _metrics;
    private readonly HostLimits? _limits;
    private readonly DataFolder _data;
    private readonly TemplateStore _templates;

    private SandboxHostServer(
        WebApplication app, SandboxRegistry registry, MetricsSampler metrics, HostLimits? limits, DataFolder data,
        TemplateStore templates) =>
        (_app, _registry, _metrics, _limits, _data, _templates) = (app, registry, metrics, limits, data, templates);

    /// <summary>Where it listens, with the port that was free.</summary>
    public string Url => _app.Urls.First();

    /// <summary>How many sandboxes run at the moment.</summary>
    public int RunningSandboxes => _registry.All.Count(sandbox => sandbox.IsRunning);

    /// <summary>What limits each sandbox and by which means, in words. Null without isolation: nothing does.</summary>
    public string? Limits => _limits?.InForce.ToString();

    /// <summary>What sandboxes can be connected to, in words.</summary>
    public string Network { get; private init; } = "";

    /// <summary>Takes over what an earlier server left in the data folder and starts to serve.</summary>
    /// <exception cref="InvalidOperationException">The data folder is in use or cannot be written.</exception>
    /// <exception cref="IOException">The address is taken.</exception>
    public static async Task<SandboxHostServer> StartAsync(
        SandboxHostOptions options, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(options.ApiKey);
        var networks = new SandboxNetworks(options, Slirp.Missing(), time, loggers.CreateLogger<SandboxNetworks>());
        var data = new DataFolder(options.DataFolder);
        var limits = await DetectLimitsAsync(options, time);
        var registryLog = loggers.CreateLogger<SandboxRegistry>();
        var templates = new TemplateStore(
            data.Templates, options.TemplateCache ?? data.Templates, loggers.CreateLogger<TemplateStore>());
        var cells = new CellFactory(data, templates, networks, limits, registryLog);
        CellShape[] usual =
        [
            .. new[] { networks.Default, NetworkMode.None }.Distinct()
                .Select(network => new CellShape(Template.BaseName, network, SandboxLimits.Of(options))),
        ];
        var registry = new SandboxRegistry(data, options, cells, usual, time, registryLog);
        var metrics = new MetricsSampler(
            () => registry.All.Where(sandbox => sandbox.IsRunning), time, loggers.CreateLogger<MetricsSampler>());
        var requests = new CreateRequests(templates, networks, new LimitRequests(options), options.GatewayName, time);
        var server = new SandboxHostServer(Build(options, registry, metrics, requests, loggers, time), registry, metrics, limits, data, templates)
        {
            Network = networks.ToString(),
        };
        try
        {
            var log = loggers.CreateLogger<SandboxHostServer>();
            if (limits is not null) LogLimits(log, limits.InForce);
            LogNetwork(log, networks);
            var report = await registry.AdoptAsync();
            if (report != default) LogAdopted(log, report.Adopted, report.Paused, report.Gone, report.Orphans);
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

    /// <summary>Installs what a template installs, so that the first sandbox made from it does not wait for that.</summary>
    /// <param name="installing">Told what is installed, in words, if that was not done before.</param>
    /// <exception cref="TemplateException">It cannot be installed.</exception>
    public Task PrepareTemplateAsync(string name, Action<string> installing, CancellationToken cancellationToken) =>
        _templates.FindAsync(name, cancellationToken, installing);

    public async ValueTask DisposeAsync()
    {
        _metrics.Dispose();
        // The sandboxes first: their streams end with them, and Kestrel does not have to wait for those.
        await _registry.DisposeAsync();
        await _app.DisposeAsync();
        await _templates.DisposeAsync();
        _limits?.Dispose();
        _data.Dispose();
    }

    private static async Task<HostLimits?> DetectLimitsAsync(SandboxHostOptions options, TimeProvider time) =>
        options.IsolationMode == IsolationMode.None
            ? null
            : await HostLimits.DetectAsync(Path.GetFullPath(options.DataFolder), SandboxLimits.Of(options), time, options.OnlyMeasure);

    private static WebApplication Build(
        SandboxHostOptions options,
        SandboxRegistry registry,
        MetricsSampler metrics,
        CreateRequests requests,
        ILoggerFactory loggers,
        TimeProvider time)
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
        builder.Services.AddHttpForwarder();

        var app = builder.Build();
        app.Use(new ApiErrors(loggers.CreateLogger<ApiErrors>()).InvokeAsync);
        var ports = new PortForwarder(app.Services.GetRequiredService<IHttpForwarder>(), options);
        app.Use(new DataPlaneRouting(registry, ports).InvokeAsync);
        app.UseRouting();
        var key = new ApiKeyFilter(options.ApiKey);
        new SandboxEndpoints(registry, key, requests).Map(app);
        new ProcessEndpoints(new ProcessStream(time), time).Map(app);
        ProcessInputEndpoints.Map(app);
        EnvironmentEndpoint.Map(app);
        new FileEndpoints(new UrlSignature(time)).Map(app);
        FilesystemEndpoints.Map(app);
        new WatchEndpoints(new ServerStream(time), time).Map(app);
        new MetricsEndpoints(registry, metrics, key).Map(app);
        new EnvdMetrics(metrics, time).Map(app);
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
