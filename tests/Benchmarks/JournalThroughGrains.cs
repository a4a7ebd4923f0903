using System.Diagnostics;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Costs;
using Colloquy.Grains.Sandboxes;
using Colloquy.Grains.Sessions;
using Colloquy.Grains.Uploads;
using Colloquy.Models;
using Colloquy.Sessions;
using Colloquy.Silo.Storage.Checkpoints;
using Colloquy.Silo.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Colloquy.Benchmarks;

/// <summary>
/// Events per second from agent output to the durable journal, through session grains, against bare group-committed
/// inserts of rows of the same size in the same run.
/// </summary>
internal static class JournalThroughGrains
{
    private const int Sessions = 64;
    private const int MessagesPerSession = 1000;
    private const int Rounds = 3;

    public static async Task RunAsync(TextWriter output, CancellationToken cancellationToken)
    {
        var ratios = new List<double>();
        await output.WriteLineAsync("grains events/s   bare inserts/s   ratio");
        for (var round = 0; round < Rounds; round++)
        {
            var grains = await JournalAppends.InNewFolderAsync(file => ThroughGrainsAsync(file, cancellationToken));
            var bare = await JournalAppends.InNewFolderAsync(
                file => Task.FromResult(JournalAppends.Bare(file, Sessions, TimeSpan.FromSeconds(3))));
            ratios.Add(grains / bare);
            await output.WriteLineAsync($"{grains,15:n0} {bare,16:n0} {grains / bare,7:n2}");
        }

        await output.WriteLineAsync($"median ratio {ratios.Order().ElementAt(Rounds / 2):n2} (goal: at least 0.5)");
    }

    private static async Task<double> ThroughGrainsAsync(string file, CancellationToken cancellationToken)
    {
        using var host = BuildHost(file);
        await host.StartAsync(cancellationToken);
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        var sessions = Enumerable.Range(0, Sessions).Select(n => grains.GetGrain<ISessionGrain>($"sesn_bench{n}")).ToList();
        await Task.WhenAll(sessions.Select(session => session.CreateAsync(new CreateSession())));
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(sessions.Select(session => RunAsync(session, cancellationToken)));
        var rate = Sessions * MessagesPerSession / clock.Elapsed.TotalSeconds;
        await host.StopAsync(cancellationToken);
        return rate;
    }

    private static async Task RunAsync(ISessionGrain session, CancellationToken cancellationToken)
    {
        await session.SubmitAsync(new SubmitEvents([new UserMessageRequest(["go"])]));
        var head = (await session.GetAsync()).Head;
        while ((await session.GetAsync()).Status == SessionStatus.Running)
        {
            await foreach (var stored in session.FollowAsync(head, cancellationToken).WithBatchSize(100))
            {
                head = stored.Sequence;
                if (stored.Type == EventTypes.StatusIdle)
                {
                    return;
                }
            }
        }
    }

    private static IHost BuildHost(string file)
    {
        var builder = Host.CreateApplicationBuilder();
        // The traces of the turns have no sink here, which the queue would warn of.
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.UseOrleans(silo => silo.UseLocalhostClustering(gatewayPort: 0));
        builder.Services
            .AddSqliteStore(file)
            .AddUploads()
            .AddCosts(PriceBook.BuiltIn)
            .AddSingleton(new ModelAccessOptions { Missing = "no model is called here" })
            .AddSingleton(new TurnTokens(new byte[32]))
            .AddAgents()
            .AddSingleton(TimeProvider.System)
            .AddSingleton<ISandboxProvider>(new BurstSandboxes(MessagesPerSession))
            .AddCheckpoints(Path.ChangeExtension(file, ".checkpoints"))
            .AddSingleton(new SandboxLeaseOptions())
            .AddSingleton<SandboxShapes>()
            .AddSingleton<ILiveSilos, NoOthers>()
            .AddSingleton(provider =>
                new SiloOwner(provider.GetRequiredService<ILocalSiloDetails>().SiloAddress.ToParsableString()))
            .AddSingleton<TurnRescuer>();
        return builder.Build();
    }

    private sealed class NoOthers : ILiveSilos
    {
        public Task<IReadOnlyCollection<string>> GetAsync(CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyCollection<string>>([]);
    }
}
