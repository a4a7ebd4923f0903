using Colloquy.SandboxHost.Templates;
using Colloquy.Silo.Hosting;
using Colloquy.Silo.Storage;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Colloquy.Silo;

/// <summary>The whole server in this process: silo, HTTP API, store and, unless configured otherwise, sandboxes.</summary>
public sealed class ColloquyServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DataFolderLock _lock;
    private readonly LocalSandboxes? _sandboxes;

    private ColloquyServer(WebApplication app, DataFolderLock held, LocalSandboxes? sandboxes, string dataFolder)
    {
        (_app, _lock, _sandboxes, DataFolder) = (app, held, sandboxes, dataFolder);
        Url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
    }

    /// <summary>The first address it listens on.</summary>
    public string Url { get; }

    public string DataFolder { get; }

    /// <summary>For programs that host the server and want to reach into it, such as the demo's measurements.</summary>
    public IServiceProvider Services => _app.Services;

    /// <exception cref="ServerStartException">What happened, why, and what to do.</exception>
    public static async Task<ColloquyServer> StartAsync(ServerSettings settings, CancellationToken cancellationToken)
    {
        var dataFolder = Path.GetFullPath(settings.DataFolder ?? ServerSettings.DefaultDataFolder);
        DataFolderLock? held = null;
        LocalModelGateway? gateway = null;
        LocalSandboxes? sandboxes = null;
        WebApplication? app = null;
        try
        {
            ListenAddress.Check(settings.Urls);
            held = DataFolderLock.Acquire(dataFolder);
            var builder = ServerBuilder.Create(settings);
            gateway = LocalModelGateway.Prepare(builder.Configuration, dataFolder);
            sandboxes = await LocalSandboxes.StartIfNeededAsync(
                builder, settings, dataFolder, gateway.Address, cancellationToken);
            app = ServerBuilder.Build(builder, dataFolder, gateway, sandboxes);
            await app.StartAsync(cancellationToken);
            if (settings.PreparesSandboxes)
            {
                _ = sandboxes?.PrepareAsync(app.Services);
            }

            var server = new ColloquyServer(app, held, sandboxes, dataFolder);
            RunningServer.Write(dataFolder, server.Url);
            return server;
        }
        catch (Exception exception)
        {
            await AbandonAsync(app, gateway, sandboxes, held);
            throw StartFailure.Explain(exception, settings.Urls);
        }
    }

    /// <summary>
    /// Installs what sandboxes of an agent are made from, if it was not done before. A turn would do it as well, but
    /// has not the patience that a slow connection needs.
    /// </summary>
    /// <param name="version">Null for the newest.</param>
    /// <param name="installing">Told what is installed, in words, before it begins.</param>
    /// <exception cref="TemplateException">It cannot be installed; the message says what to do.</exception>
    public Task PrepareAgentAsync(
        string agentId, int? version, Action<string> installing, CancellationToken cancellationToken) =>
        _sandboxes?.PrepareAsync(Services, agentId, version, installing, cancellationToken) ?? Task.CompletedTask;

    /// <summary>Completes when the server is told to stop (Ctrl-C, SIGTERM) and has stopped.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _app.WaitForShutdownAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        RunningServer.Remove(DataFolder);
        await StopAsync(_app, _sandboxes, _lock);
    }

    /// <summary>What stopped the start is what the user has to know, not what else fails because of it.</summary>
    private static async Task AbandonAsync(
        WebApplication? app, LocalModelGateway? gateway, LocalSandboxes? sandboxes, DataFolderLock? held)
    {
        try
        {
            await StopAsync(app, sandboxes: null, held: null);
        }
        catch (InvalidOperationException)
        {
            // A silo that had not begun to start cannot be stopped.
            await app!.DisposeAsync();
        }

        // Its socket is a file in the data folder: once that is free, another server's would be removed.
        gateway?.Dispose();
        await StopAsync(app: null, sandboxes, held);
    }

    /// <summary>Sandboxes stop after the silo, which may still be reading from them; the lock goes last.</summary>
    private static async Task StopAsync(WebApplication? app, LocalSandboxes? sandboxes, DataFolderLock? held)
    {
        if (app is not null)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }

        if (sandboxes is not null)
        {
            await sandboxes.DisposeAsync();
        }

        held?.Dispose();
    }
}
