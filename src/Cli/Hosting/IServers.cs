namespace Colloquy.Cli.Hosting;

/// <summary>Finds and starts servers on this machine.</summary>
internal interface IServers
{
    /// <summary>The folder that a server uses when none is named.</summary>
    string DefaultDataFolder { get; }

    /// <summary>The URL of the server that holds a data folder, or null.</summary>
    string? FindUrl(string dataFolder);

    /// <exception cref="ServerNotStartedException">It cannot start; the message says why and what to do.</exception>
    Task<ILocalServer> StartAsync(ServerStart start, CancellationToken cancellationToken);
}

/// <param name="Urls">Where to listen; null for the server's default.</param>
/// <param name="DataFolder">Null for the server's default.</param>
/// <param name="Quiet">No log lines on the console.</param>
/// <param name="Temporary">The data folder is removed afterwards: what takes long to install is kept elsewhere.</param>
internal sealed record ServerStart(string? Urls, string? DataFolder, bool Quiet, bool Temporary = false);

/// <summary>A server in this process. Disposing it stops it cleanly.</summary>
internal interface ILocalServer : IAsyncDisposable
{
    string Url { get; }

    string DataFolder { get; }

    /// <summary>Its services, for measurements beside the API; null if it has none to offer.</summary>
    IServiceProvider? Services { get; }

    /// <summary>Installs what an agent needs in its sandboxes, which may take minutes.</summary>
    /// <param name="installing">Told what is installed, unless it is there already.</param>
    /// <exception cref="AgentNotPreparedException">It cannot be installed; the message says why and what to do.</exception>
    Task PrepareAsync(
        string agentId, int? version, Action<string> installing, CancellationToken cancellationToken);

    Task WaitForShutdownAsync(CancellationToken cancellationToken);
}

internal sealed class AgentNotPreparedException(string message, Exception? inner = null) : Exception(message, inner);

internal sealed class ServerNotStartedException(string message, Exception? inner = null) : Exception(message, inner);
