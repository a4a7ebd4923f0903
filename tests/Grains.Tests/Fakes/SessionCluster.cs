using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Colloquy.Agents;
using Colloquy.Costs;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Costs;
using Colloquy.Grains.Definitions;
using Colloquy.Grains.Environments;
using Colloquy.Grains.Sandboxes;
using Colloquy.Grains.Sessions;
using Colloquy.Grains.Uploads;
using Colloquy.Models;
using Colloquy.Sessions;
using Colloquy.Uploads;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.TestingHost;
using Xunit;

namespace Colloquy.Grains.Tests.Fakes;

/// <summary>Real silos in this process over a store and sandboxes that outlive them.</summary>
internal sealed class SessionCluster : IAsyncDisposable
{
    private SessionCluster(InProcessTestCluster cluster) => Cluster = cluster;

    public InProcessTestCluster Cluster { get; }

    public InMemorySessionStore Store { get; private init; } = null!;

    public ScriptedSandboxes Sandboxes { get; private init; } = null!;

    public MemoryCheckpoints Checkpoints { get; private init; } = null!;

    /// <summary>What runtimes lack, by their kind.</summary>
    public ConcurrentDictionary<string, string> Missing { get; private init; } = null!;

    /// <summary>How many of the next lookups of agents fail, as where their server is going down.</summary>
    public StrongBox<int> FailingLookups { get; private init; } = null!;

    public static async Task<SessionCluster> StartAsync(short silos = 1)
    {
        var store = new InMemorySessionStore();
        var sandboxes = new ScriptedSandboxes();
        var checkpoints = new MemoryCheckpoints();
        var missing = new ConcurrentDictionary<string, string>
        {
            [AgentRuntime.Python] = "the moon is in the wrong phase",
        };
        var failing = new StrongBox<int>();
        var builder = new InProcessTestClusterBuilder(silos);
        builder.ConfigureSilo((_, silo) => silo.AddMemoryGrainStorage(
            DefinitionStorage.Name, options => options.GrainStorageSerializer = new DefinitionSerializer()));
        builder.ConfigureSilo((_, silo) => silo.AddIncomingGrainCallFilter(call =>
            call.Grain is AgentGrain && Interlocked.Decrement(ref failing.Value) >= 0
                ? throw new TimeoutException("no answer")
                : call.Invoke()));
        builder.ConfigureSilo((_, silo) => silo.ConfigureServices(services => services
            .AddSingleton<ISessionStore>(store)
            .AddSingleton<ICostLedger, EmptyLedger>()
            .AddSingleton<IUploadStore, EmptyUploads>()
            .AddSingleton<ISandboxProvider>(sandboxes)
            .AddSingleton(TimeProvider.System)
            .AddSingleton(PriceBook.BuiltIn)
            .AddSingleton<ICheckpointStore>(checkpoints)
            .AddSingleton(new SandboxLeaseOptions { SettleDelay = TimeSpan.FromMilliseconds(10) })
            .AddSingleton<IAgentRuntime>(new TestRuntime(AgentRuntime.Offline, missing))
            .AddSingleton<IAgentRuntime>(new TestRuntime(AgentRuntime.Python, missing))
            .AddSingleton<IAgentRuntime>(new TestRuntime(AgentRuntime.ClaudeCode, missing, callsModels: true))
            .AddSingleton(new ModelAccessOptions())
            .AddSingleton(new TurnTokens(new byte[32]))
            .AddSingleton<ModelAccessIssuer>()
            .AddSingleton<AgentCatalog>()
            .AddSingleton<SandboxShapes>()
            .AddSingleton<EnvironmentCatalog>()
            .AddSingleton<ILiveSilos, OracleSilos>()
            .AddSingleton(provider =>
                new SiloOwner(provider.GetRequiredService<ILocalSiloDetails>().SiloAddress.ToParsableString()))
            .AddSingleton<SandboxSweeper>()
            .AddSingleton<TurnRescuer>()
            .AddHostedService(provider => provider.GetRequiredService<TurnRescuer>())));
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new SessionCluster(cluster)
        {
            Store = store,
            Sandboxes = sandboxes,
            Checkpoints = checkpoints,
            Missing = missing,
            FailingLookups = failing,
        };
    }

    public ISessionGrain Session(string id) => Cluster.Client.GetGrain<ISessionGrain>(id);

    public async Task<ISessionGrain> CreateAsync(
        string id = "sesn_1", TimeSpan? timeout = null, string agent = BuiltIn.OfflineAgent)
    {
        var session = Session(id);
        await session.CreateAsync(new CreateSession(agent, TurnTimeout: timeout));
        return session;
    }

    /// <summary>Sends a message and returns the agent that answers it.</summary>
    public async Task<ScriptedProcess> AskAsync(ISessionGrain session, string text = "hello")
    {
        await session.SubmitAsync(new SubmitEvents([new UserMessageRequest([text])]));
        return await Sandboxes.NextProcessAsync();
    }

    /// <summary>Waits for the n-th end of a turn and returns it.</summary>
    public async Task<StatusIdle> IdleAsync(string id = "sesn_1", int number = 1)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        long after = 0;
        while (true)
        {
            // The enumeration breaks when a silo dies under it; a client goes on where it was.
            try
            {
                await foreach (var stored in Session(id).FollowAsync(after, timeout.Token))
                {
                    after = stored.Sequence;
                    if (stored.Type == EventTypes.StatusIdle && --number == 0)
                    {
                        return (StatusIdle)EventJson.Read(stored)!;
                    }
                }
            }
            catch (Exception exception) when (exception is EnumerationAbortedException or OrleansException or TimeoutException)
            {
                await Task.Yield();
            }

            timeout.Token.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The silo that wrote last dies without a word.</summary>
    public async Task KillOwnerAsync(string id) => await Cluster.KillSiloAsync(await OwnerAsync(id));

    public async Task StopOwnerAsync(string id) => await Cluster.StopSiloAsync(await OwnerAsync(id));

    public T Single<T>(string id = "sesn_1") where T : EventBody =>
        Assert.Single(Store.Events(new SessionId(id)).Select(EventJson.Read).OfType<T>());

    public async ValueTask DisposeAsync() => await Cluster.DisposeAsync();

    private async Task<InProcessSiloHandle> OwnerAsync(string id)
    {
        var row = await Store.FindAsync(new SessionId(id), CancellationToken.None);
        return Cluster.Silos.Single(silo => silo.SiloAddress.ToParsableString() == row!.Owner);
    }

    private sealed class TestRuntime(
        string kind, ConcurrentDictionary<string, string> missing, bool callsModels = false) : IAgentRuntime
    {
        public string Kind => kind;

        public string? Missing => missing.GetValueOrDefault(kind);

        public string? Template => null;

        public bool CallsModels => callsModels;

        public AgentRun Prepare(AgentDefinition agent, AgentTurn turn) => new([], ["/bin/true"], new Dictionary<string, string>());
    }

    private sealed class OracleSilos(ISiloStatusOracle oracle) : ILiveSilos
    {
        public Task<IReadOnlyCollection<string>> GetAsync(CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyCollection<string>>(
                [.. oracle.GetApproximateSiloStatuses(onlyActive: true).Keys.Select(silo => silo.ToParsableString())]);
    }

    private sealed class EmptyLedger : ICostLedger
    {
        public Task<LedgerSlice> ReadAsync(CostKey key, string? cursor, CancellationToken cancellationToken) =>
            Task.FromResult(new LedgerSlice([], cursor));
    }

    private sealed class EmptyUploads : IUploadStore
    {
        public Task<IReadOnlyList<PendingUpload>> ListDueAsync(
            DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<PendingUpload>>([]);

        public Task<DateTimeOffset?> NextDueAsync(CancellationToken cancellationToken) =>
            Task.FromResult<DateTimeOffset?>(null);

        public Task AcknowledgeAsync(UploadKey key, DateTimeOffset now, CancellationToken cancellationToken) =>
            Task.CompletedTask;

        public Task RetryAsync(
            UploadKey key, int attempts, DateTimeOffset nextAt, string reason, CancellationToken cancellationToken) =>
            Task.CompletedTask;

        public Task BuryAsync(
            UploadKey key, int attempts, DateTimeOffset now, string reason, CancellationToken cancellationToken) =>
            Task.CompletedTask;

        public Task<UploadStatus> GetStatusAsync(CancellationToken cancellationToken) =>
            Task.FromResult(new UploadStatus(0, 0, 0, null));
    }
}
