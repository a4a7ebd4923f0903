using System.Net;
using System.Net.Sockets;
using Colloquy.Grains.Sandboxes;
using Colloquy.Grains.Sessions;
using Orleans.Configuration;

namespace Colloquy.Silo.Hosting;

/// <summary>The embedded cluster: one silo that is its own membership, reachable from this process only.</summary>
internal static class OrleansHosting
{
    public static void AddEmbeddedCluster(this WebApplicationBuilder builder) => builder.Host.UseOrleans(silo => silo
        .UseLocalhostClustering(siloPort: FreePort(), gatewayPort: 0, serviceId: "colloquy", clusterId: "embedded")
        .Configure<SiloMessagingOptions>(options => options.MaxEnqueuedRequestsHardLimit = 1000)
        .AddActivityPropagation());

    public static void AddSessions(this IServiceCollection services)
    {
        services.AddSingleton<ILiveSilos, LiveSilos>();
        services.AddSingleton(provider =>
            new SiloOwner(provider.GetRequiredService<ILocalSiloDetails>().SiloAddress.ToParsableString()));
        services.AddSingleton<TurnRescuer>();
        // After the silo's own hosted service, so that the first sweep finds grains that answer.
        services.AddHostedService(provider => provider.GetRequiredService<TurnRescuer>());
        services.AddSingleton<SandboxShapes>();
        services.AddSingleton<SandboxSweeper>();
        services.AddHostedService(provider => provider.GetRequiredService<SandboxSweeper>());
    }

    /// <summary>Orleans needs a fixed port before it starts; nobody connects to it while there is one silo.</summary>
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
