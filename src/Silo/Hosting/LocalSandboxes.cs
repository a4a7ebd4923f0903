using System.Security.Cryptography;
using Colloquy.Errors;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Sandboxes;
using Colloquy.SandboxHost;
using Colloquy.SandboxHost.Templates;
using Colloquy.Sessions;
using Colloquy.Silo.Sandboxes;

namespace Colloquy.Silo.Hosting;

/// <summary>
/// The sandbox host inside this process. It listens on a loopback port of its own and is driven over HTTP like any
/// other, so that what runs on a laptop is the path that runs in production.
/// </summary>
internal sealed partial class LocalSandboxes : IAsyncDisposable
{
    public const string Kind = "local";
    private const string Provider = "Sandbox:Provider";
    private static readonly TimeSpan LongestRun = TimeSpan.FromHours(24);

    private readonly SandboxHostServer _host;
    private readonly ILoggerFactory _loggers;
    private readonly string _apiKey;

    private LocalSandboxes(SandboxHostServer host, ILoggerFactory loggers, string apiKey) =>
        (_host, _loggers, _apiKey) = (host, loggers, apiKey);

    /// <exception cref="ServerStartException">The provider is unknown.</exception>
    public static bool IsChosen(IConfiguration configuration) => configuration[Provider] switch
    {
        null or "" or Kind => true,
        "e2b" => false,
        var provider => throw new ServerStartException(
            $"{Provider} is '{provider}'. Allowed: 'local' (sandboxes on this machine) and 'e2b' (E2B or a host that " +
            "speaks its API)."),
    };

    /// <param name="gatewayUrl">Where the model gateway of this server listens.</param>
    /// <returns>Null if the configuration names another provider.</returns>
    /// <exception cref="ServerStartException">Sandboxes cannot be isolated here, or the provider is unknown.</exception>
    public static async Task<LocalSandboxes?> StartIfNeededAsync(
        WebApplicationBuilder builder, ServerSettings settings, string dataFolder, string gatewayUrl,
        CancellationToken cancellationToken)
    {
        if (!IsChosen(builder.Configuration))
        {
            return null;
        }

        var loggers = LoggerFactory.Create(logging => logging.AddServerLogging(settings.Quiet));
        var apiKey = "e2b_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));
        var options = SandboxHostSetup.Options(
            builder.Configuration, builder.Environment, loggers.CreateLogger<LocalSandboxes>(),
            FolderIn(dataFolder), apiKey, gatewayUrl);
        if (settings.Temporary)
        {
            options.TemplateCache ??= Path.Combine(FolderIn(ServerSettings.DefaultDataFolder), "templates");
        }

        var host = await SandboxHostServer.StartAsync(options, loggers, TimeProvider.System, cancellationToken);
        return new LocalSandboxes(host, loggers, apiKey);
    }

    /// <summary>Points the one sandbox client at this host.</summary>
    public void Configure(SandboxOptions options)
    {
        options.ApiUrl = new Uri(_host.Url);
        options.SandboxUrl = new Uri(_host.Url);
        options.ApiKey = _apiKey;
        options.Kind = Kind;
        options.MaxRun = LongestRun;
    }

    /// <summary>Installs what the default agent needs, so that its first turn does not wait for that.</summary>
    public async Task PrepareAsync(IServiceProvider services)
    {
        try
        {
            await PrepareAsync(services, BuiltIn.DefaultAgent, null, _ => { }, CancellationToken.None);
        }
        catch (Exception exception) when (
            exception is ColloquyException or OrleansException or TimeoutException or TemplateException
                or OperationCanceledException or ObjectDisposedException)
        {
            LogNotPrepared(_loggers.CreateLogger<LocalSandboxes>(), exception);
        }
    }

    /// <summary>Installs what an agent needs, for somebody who waits for it.</summary>
    /// <exception cref="TemplateException">It cannot be installed.</exception>
    public async Task PrepareAsync(
        IServiceProvider services, string agentId, int? version, Action<string> installing,
        CancellationToken cancellationToken)
    {
        var agents = services.GetRequiredService<AgentCatalog>();
        var runtime = agents.RuntimeOf(await agents.FindAsync(agentId, version));
        var template = services.GetRequiredService<SandboxLeaseOptions>().TemplateFor(runtime);
        await _host.PrepareTemplateAsync(template, installing, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _loggers.Dispose();
    }

    private static string FolderIn(string dataFolder) => Path.Combine(dataFolder, "sandboxhost");

    [LoggerMessage(LogLevel.Warning, "Sandboxes of the default agent could not be prepared; that is done when the first one is needed")]
    private static partial void LogNotPrepared(ILogger log, Exception exception);
}
