using Colloquy.Cli.Api;

namespace Colloquy.Cli.Hosting;

/// <summary>
/// Decides which server a command talks to: the one that is named, else the one that runs on the data folder, else
/// one that is started in this process for the time of the command.
/// </summary>
internal sealed class ServerAccess(IServers servers, TimeProvider time)
{
    /// <summary>Any free port of this machine.</summary>
    public const string FreeLoopbackPort = "http://127.0.0.1:0";

    /// <exception cref="ServerNotStartedException">None was named, none runs, and none can be started.</exception>
    public async Task<ServerConnection> OpenAsync(ServerChoice choice, CancellationToken cancellationToken)
    {
        if (choice.Server is { } named)
        {
            return new ServerConnection(new ColloquyClient(named, time), Local: null);
        }

        var folder = Path.GetFullPath(choice.DataFolder ?? servers.DefaultDataFolder);
        return Find(folder) ?? await StartAsync(folder, choice.Temporary, cancellationToken);
    }

    private ServerConnection? Find(string folder) =>
        servers.FindUrl(folder) is { } url ? new ServerConnection(new ColloquyClient(new Uri(url), time), Local: null) : null;

    private async Task<ServerConnection> StartAsync(string folder, bool temporary, CancellationToken cancellationToken)
    {
        try
        {
            var local = await servers.StartAsync(
                new ServerStart(FreeLoopbackPort, folder, Quiet: true, temporary), cancellationToken);
            return new ServerConnection(new ColloquyClient(new Uri(local.Url), time), local);
        }
        catch (ServerNotStartedException)
        {
            // Another command may have started one on the same data between the look and the start.
            if (Find(folder) is { } other)
            {
                return other;
            }

            throw;
        }
    }
}

/// <param name="Server">Null if none was named.</param>
/// <param name="DataFolder">Null for the default.</param>
/// <param name="Temporary">The data folder is removed afterwards.</param>
internal sealed record ServerChoice(Uri? Server, string? DataFolder, bool Temporary = false);

/// <param name="Local">The server in this process, if there is one: it ends with the command.</param>
internal sealed record ServerConnection(ColloquyClient Client, ILocalServer? Local) : IAsyncDisposable
{
    /// <summary>
    /// Before a turn: what its agent needs is installed. A turn would do it as well, but gives up too early for a slow
    /// connection. A server elsewhere looks after itself.
    /// </summary>
    /// <exception cref="AgentNotPreparedException"/>
    public Task PrepareAsync(SessionView session, Action<string> say, CancellationToken cancellationToken) =>
        Local is { } local && session.Agent is { } agent
            ? local.PrepareAsync(agent.Id, agent.Version, what => say($"Installing {what} ..."), cancellationToken)
            : Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (Local is not null)
        {
            await Local.DisposeAsync();
        }
    }
}
