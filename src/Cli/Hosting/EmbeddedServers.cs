using Colloquy.Errors;
using Colloquy.SandboxHost.Templates;
using Colloquy.Silo;

namespace Colloquy.Cli.Hosting;

/// <summary>The real servers of this machine.</summary>
internal sealed class EmbeddedServers : IServers
{
    public string DefaultDataFolder => ServerSettings.DefaultDataFolder;

    public string? FindUrl(string dataFolder) => RunningServer.FindUrl(dataFolder);

    public async Task<ILocalServer> StartAsync(ServerStart start, CancellationToken cancellationToken)
    {
        var settings = new ServerSettings
        {
            DataFolder = start.DataFolder,
            Temporary = start.Temporary,
            Quiet = start.Quiet,
            PreparesSandboxes = !start.Quiet,
            HandlesSignals = false,
        };
        try
        {
            return new Embedded(await ColloquyServer.StartAsync(
                start.Urls is { } urls ? settings with { Urls = urls } : settings, cancellationToken));
        }
        catch (ServerStartException exception)
        {
            throw new ServerNotStartedException(exception.Message, exception);
        }
    }

    private sealed class Embedded(ColloquyServer server) : ILocalServer
    {
        private int _stopped;

        public string Url => server.Url;

        public string DataFolder => server.DataFolder;

        public IServiceProvider Services => server.Services;

        public async Task PrepareAsync(
            string agentId, int? version, Action<string> installing, CancellationToken cancellationToken)
        {
            try
            {
                await server.PrepareAgentAsync(agentId, version, installing, cancellationToken);
            }
            catch (TemplateException exception)
            {
                throw new AgentNotPreparedException(exception.Message, exception);
            }
            catch (ColloquyException)
            {
                // The agent cannot run here any more; its turn says so in the session.
            }
        }

        public Task WaitForShutdownAsync(CancellationToken cancellationToken) => server.WaitForShutdownAsync(cancellationToken);

        public ValueTask DisposeAsync() =>
            Interlocked.Exchange(ref _stopped, 1) == 0 ? server.DisposeAsync() : ValueTask.CompletedTask;
    }
}
