using System.Net;
using System.Net.Sockets;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Definitions;
using Colloquy.Silo.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace Colloquy.Tests.Storage.Sqlite;

/// <summary>A silo with the grains of definitions over a database file.</summary>
internal sealed class DefinitionServer : IAsyncDisposable
{
    private readonly IHost _host;

    private DefinitionServer(IHost host) => _host = host;

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public IGrainStorage Storage => _host.Services.GetRequiredKeyedService<IGrainStorage>(DefinitionStorage.Name);

    public string ConnectionString => _host.Services.GetRequiredService<DefinitionDatabase>().ConnectionString;

    public static async Task<DefinitionServer> StartAsync(string file)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new ModelAccessOptions { Missing = "no models in these tests" });
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering(FreePort(), gatewayPort: 0)
            .AddSqliteDefinitions(file));
        var host = builder.Build();
        await host.StartAsync();
        return new DefinitionServer(host);
    }

    public Task DeactivateAllAsync() =>
        Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
