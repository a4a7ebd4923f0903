using System.Security.Cryptography;
using Colloquy.SandboxHost;
using Colloquy.Silo.Sandboxes;
using Microsoft.Extensions.Options;

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

    /// <returns>Null if the configuration names another provider.</returns>
    /// <exception cref="ServerStartException">Sandboxes cannot be isolated here, or the provider is unknown.</exception>
    public static async Task<LocalSandboxes?> StartIfNeededAsync(
        WebApplicationBuilder builder, ServerSettings settings, string dataFolder, CancellationToken cancellationToken)
    {
        if (!IsLocal(builder.Configuration[Provider]))
        {
            return null;
        }

        var options = Read(builder.Configuration);
        var loggers = LoggerFactory.Create(logging => logging.AddServerLogging(settings));
        var isolation = ChooseIsolation(builder.Environment, loggers.CreateLogger<LocalSandboxes>());
        var apiKey = "e2b_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));
        var host = await SandboxHostServer.StartAsync(
            new SandboxHostOptions
            {
                DataFolder = Path.Combine(dataFolder, "sandboxhost"),
                ApiKey = apiKey,
                IsolationMode = isolation,
                VCpus = options.VCpus,
                MemoryMiB = options.MemoryMiB,
                MaxSandboxes = options.MaxSandboxes,
            },
            loggers, TimeProvider.System, cancellationToken);
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

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _loggers.Dispose();
    }

    private static bool IsLocal(string? provider) => provider switch
    {
        null or "" or Kind => true,
        "e2b" => false,
        _ => throw new ServerStartException(
            $"{Provider} is '{provider}'. Allowed: 'local' (sandboxes on this machine) and 'e2b' (E2B or a host that " +
            "speaks its API)."),
    };

    private static LocalSandboxOptions Read(ConfigurationManager configuration)
    {
        var options = new LocalSandboxOptions();
        configuration.GetSection("SandboxHost").Bind(options);
        var result = new DataAnnotationValidateOptions<LocalSandboxOptions>(null).Validate(null, options);
        return result.Failed ? throw new OptionsValidationException("SandboxHost", typeof(LocalSandboxOptions), result.Failures) : options;
    }

    /// <summary>An agent runs code of its own making: without isolation only a developer's own machine may run it.</summary>
    private static IsolationMode ChooseIsolation(IHostEnvironment environment, ILogger log)
    {
        if (BubblewrapProbe.Check() is not { } missing)
        {
            return IsolationMode.Bubblewrap;
        }

        if (!environment.IsDevelopment())
        {
            throw new ServerStartException(
                $"Sandboxes cannot be isolated on this machine: {missing} (For a trial on your own machine without any " +
                "isolation, set DOTNET_ENVIRONMENT=Development.)");
        }

        LogNoIsolation(log, missing);
        return IsolationMode.None;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "SANDBOXES ARE NOT ISOLATED: {Missing} Agents can read and change everything that this user can.")]
    private static partial void LogNoIsolation(ILogger log, string missing);
}
