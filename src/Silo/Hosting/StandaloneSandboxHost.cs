using System.Globalization;
using Colloquy.SandboxHost;
using Colloquy.Silo.Hosting;

namespace Colloquy.Silo;

/// <summary>
/// A host of sandboxes without a server of sessions, for servers on other machines. Its callers authenticate with the
/// key in <c>E2B_API_KEY</c>.
/// </summary>
public sealed class StandaloneSandboxHost : IAsyncDisposable
{
    private const string KeyVariable = "E2B_API_KEY";

    private readonly SandboxHostServer _host;
    private readonly SandboxHostOptions _options;
    private readonly ILoggerFactory _loggers;

    private StandaloneSandboxHost(SandboxHostServer host, SandboxHostOptions options, ILoggerFactory loggers) =>
        (_host, _options, _loggers) = (host, options, loggers);

    /// <summary>Where it listens when nothing else is said.</summary>
    public static string DefaultUrls => "http://127.0.0.1:7711";

    /// <summary>Beside the one of the server, so that both can run on one machine.</summary>
    public static string DefaultDataFolder => ServerSettings.DefaultDataFolder + "-sandboxes";

    /// <summary>The first address it listens on.</summary>
    public string Url => _host.Url;

    public string DataFolder => _options.DataFolder;

    /// <summary>How many run at the moment.</summary>
    public int RunningSandboxes => _host.RunningSandboxes;

    /// <summary>What keeps sandboxes apart, in words.</summary>
    public string Isolation => _options.IsolationMode == IsolationMode.None
        ? "NONE: sandboxes can do everything that this user can"
        : "bubblewrap: own processes, files and network for each sandbox";

    /// <summary>What a sandbox has, and how many there may be, in words.</summary>
    public string Limits => string.Create(
        CultureInfo.InvariantCulture,
        $"{_host.Limits ?? "none in force"}; {_options.MaxSandboxes} sandboxes at once");

    /// <summary>What sandboxes can be connected to, in words.</summary>
    public string Network => _host.Network;

    /// <param name="urls">Several separated by semicolons; port 0 takes a free one.</param>
    /// <exception cref="ServerStartException">What happened, why, and what to do.</exception>
    public static async Task<StandaloneSandboxHost> StartAsync(
        string urls, string dataFolder, CancellationToken cancellationToken)
    {
        // No hosting beyond its configuration: signals and their meaning belong to the program.
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings
        {
            ContentRootPath = AppContext.BaseDirectory,
        });
        var loggers = LoggerFactory.Create(logging => logging.AddServerLogging(quiet: false));
        try
        {
            ListenAddress.Check(urls);
            var options = SandboxHostSetup.Options(
                builder.Configuration, builder.Environment, loggers.CreateLogger<StandaloneSandboxHost>(),
                Path.GetFullPath(dataFolder), ReadKey(builder.Configuration));
            // Its sandboxes belong to servers that run on, and the next host takes them over.
            options.OnStop = OnStop.Keep;
            options.Urls = urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var host = await SandboxHostServer.StartAsync(options, loggers, TimeProvider.System, cancellationToken);
            return new StandaloneSandboxHost(host, options, loggers);
        }
        catch (Exception exception)
        {
            loggers.Dispose();
            throw StartFailure.Explain(exception, urls);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _loggers.Dispose();
    }

    private static string ReadKey(ConfigurationManager configuration) =>
        configuration[KeyVariable] is { } key && !string.IsNullOrWhiteSpace(key)
            ? key
            : throw new ServerStartException(
                $"{KeyVariable} is not set. It is the key that callers of this host must send, and whoever has it can run " +
                "programs here. Make one, and give the same to the servers that use the host:\n" +
                $"  export {KeyVariable}=e2b_$(head -c 20 /dev/urandom | od -An -v -tx1 | tr -d ' \\n')");
}
