using Colloquy.SandboxHost;
using Microsoft.Extensions.Options;

namespace Colloquy.Silo.Hosting;

/// <summary>How a host of sandboxes is configured, inside a server and alone: section <c>SandboxHost</c>.</summary>
internal static partial class SandboxHostSetup
{
    private const string Section = "SandboxHost";

    /// <param name="gatewayUrl">The gateway that sandboxes reach if the configuration names none.</param>
    /// <exception cref="ServerStartException">Sandboxes cannot be isolated here.</exception>
    /// <exception cref="OptionsValidationException">A value is out of range.</exception>
    public static SandboxHostOptions Options(
        IConfiguration configuration, IHostEnvironment environment, ILogger log, string dataFolder, string apiKey,
        string? gatewayUrl = null)
    {
        var options = Read(configuration);
        return new SandboxHostOptions
        {
            DataFolder = dataFolder,
            ApiKey = apiKey,
            IsolationMode = ChooseIsolation(environment, log),
            VCpus = options.VCpus,
            MemoryMiB = options.MemoryMiB,
            MaxVCpus = options.MaxVCpus,
            MaxMemoryMiB = options.MaxMemoryMiB,
            MaxDiskMiB = options.MaxDiskMiB,
            MaxSandboxes = options.MaxSandboxes,
            MaxProcesses = options.MaxProcesses,
            DiskMiB = options.DiskMiB,
            SpareSandboxes = options.SpareSandboxes,
            GatewayUrl = options.GatewayUrl ?? gatewayUrl,
            TemplateCache = options.TemplateCache,
            DefaultNetwork = options.DefaultNetwork,
        };
    }

    private static LocalSandboxOptions Read(IConfiguration configuration)
    {
        var options = new LocalSandboxOptions();
        configuration.GetSection(Section).Bind(options);
        var result = new DataAnnotationValidateOptions<LocalSandboxOptions>(null).Validate(null, options);
        return result.Failed ? throw new OptionsValidationException(Section, typeof(LocalSandboxOptions), result.Failures) : options;
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
