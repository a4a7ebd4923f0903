using Colloquy.Client;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Costs;
using Colloquy.Grains.Sandboxes;
using Colloquy.Grains.Sessions;
using Colloquy.Silo.Sandboxes;
using Colloquy.Silo.Storage.Checkpoints;
using Colloquy.Silo.Storage.Sqlite;
using Colloquy.Silo.Traces;
using Colloquy.Web;
using Microsoft.Extensions.Options;

namespace Colloquy.Silo.Hosting;

/// <summary>Puts the rooms together. Reads as the table of contents of the server.</summary>
internal static class ServerBuilder
{
    private const string DatabaseFile = "colloquy.db";
    private const string DefinitionFile = "definitions.db";

    public static WebApplicationBuilder Create(ServerSettings settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(ServerBuilder).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = settings.Environment,
            Args = [.. settings.Arguments],
        });
        builder.Configuration.AddWellKnownVariables();
        builder.Configuration.AddSafeHosts();
        builder.WebHost.UseUrls(settings.Urls);
        builder.Logging.AddServerLogging(settings.Quiet);
        if (!settings.HandlesSignals)
        {
            builder.Services.AddSingleton<IHostLifetime, HostedLifetime>();
        }

        return builder;
    }

    public static WebApplication Build(
        WebApplicationBuilder builder, string dataFolder, LocalModelGateway gateway, LocalSandboxes? sandboxes)
    {
        builder.AddEmbeddedCluster();
        builder.Host.UseOrleans(silo => silo.AddSqliteDefinitions(Path.Combine(dataFolder, DefinitionFile)));

        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddSqliteStore(Path.Combine(dataFolder, DatabaseFile));
        services.AddE2BSandboxes(options =>
        {
            options.Owner = options.Owner.Length > 0 ? options.Owner : InstallationMark.Of(dataFolder);
            sandboxes?.Configure(options);
        });
        services.AddOptions<SandboxOptions>().Configure<ModelAccessOptions>((options, models) =>
            options.GatewayUrl = models.GatewayUrl is { } url ? new Uri(url) : null);
        services.AddCheckpoints(Path.Combine(dataFolder, "checkpoints"));
        services.AddSingleton(provider => LeaseOptions(provider.GetRequiredService<IOptions<SandboxOptions>>().Value));
        gateway.AddTo(services);
        services.AddAgents();
        var prices = ReadPrices(builder.Configuration);
        services.AddCosts(prices);
        services.AddTraces(dataFolder);
        services.AddSessions();
        services.AddColloquyClient();
        services.AddColloquyWeb(web =>
        {
            web.IsDemoModel = prices.IsDemo;
            web.HasDemoSandboxes = sandboxes is not null && prices.IsDemoSandbox(LocalSandboxes.Kind);
        });
        services.AddSessionFiles();
        services.AddServerTelemetry(builder.Configuration);
        services.AddHealthChecks().AddCheck<SiloHealth>("silo").AddCheck<StoreHealth>("store");

        var app = builder.Build();
        // Opens the files and reads the options: what is wrong with them is said before anything else starts.
        app.Services.GetRequiredService<ISessionStore>();
        app.Services.GetRequiredService<DefinitionDatabase>();
        app.Services.GetRequiredService<ISandboxProvider>();
        app.MapColloquyApi();
        return app;
    }

    private static PriceBook ReadPrices(ConfigurationManager configuration) =>
        configuration[$"Costs:{nameof(CostOptions.PriceBook)}"] is { Length: > 0 } path
            ? PriceBook.Load(path)
            : PriceBook.BuiltIn;

    private static SandboxLeaseOptions LeaseOptions(SandboxOptions options) =>
        new()
        {
            IdleTimeout = options.Timeout,
            Template = options.Template,
            Templates = options.Templates,
            CheckpointLimit = options.CheckpointLimitMiB * 1024L * 1024,
        };
}
