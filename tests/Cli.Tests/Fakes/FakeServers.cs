using Colloquy.Cli.Hosting;

namespace Colloquy.Cli.Tests.Fakes;

/// <summary>Servers "of this machine": a fake API stands for whatever is found or started.</summary>
internal sealed class FakeServers(FakeApi? api = null) : IServers
{
    public string DefaultDataFolder => "/data/default";

    /// <summary>The folder whose server is found to be running.</summary>
    public string? RunningOn { get; set; }

    /// <summary>Thrown by the next start.</summary>
    public Exception? CannotStart { get; set; }

    /// <summary>Called when a server is asked to start.</summary>
    public Action? Starting { get; set; }

    public List<ServerStart> Started { get; } = [];

    /// <summary>What agents need that is not installed yet.</summary>
    public string? NotInstalled { get; set; }

    public Exception? CannotPrepare { get; set; }

    public int Stopped { get; private set; }

    public string? FindUrl(string dataFolder) => dataFolder == RunningOn ? api!.Url.ToString() : null;

    public Task<ILocalServer> StartAsync(ServerStart start, CancellationToken cancellationToken)
    {
        Starting?.Invoke();
        if (CannotStart is { } exception)
        {
            throw exception;
        }

        Started.Add(start);
        return Task.FromResult<ILocalServer>(new Local(this, api?.Url.ToString() ?? "http://127.0.0.1:7710", start.DataFolder ?? DefaultDataFolder));
    }

    private sealed class Local(FakeServers servers, string url, string dataFolder) : ILocalServer
    {
        private bool _stopped;

        public string Url => url;

        public string DataFolder => dataFolder;

        public IServiceProvider? Services => null;

        public Task PrepareAsync(
            string agentId, int? version, Action<string> installing, CancellationToken cancellationToken)
        {
            if (servers.NotInstalled is { } missing)
            {
                installing(missing);
                servers.NotInstalled = null;
            }

            return servers.CannotPrepare is { } exception ? Task.FromException(exception) : Task.CompletedTask;
        }

        public Task WaitForShutdownAsync(CancellationToken cancellationToken) =>
            Task.Delay(Timeout.Infinite, cancellationToken);

        public ValueTask DisposeAsync()
        {
            if (!_stopped)
            {
                _stopped = true;
                servers.Stopped++;
            }

            return ValueTask.CompletedTask;
        }
    }
}
