using Colloquy.Grains.Sessions;
using Colloquy.Grains.Tests.Tracing;
using Colloquy.Grains.Uploads;
using Colloquy.Uploads;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Orleans.TestingHost;
using Xunit;

namespace Colloquy.Grains.Tests.Uploads;

/// <summary>A silo with an upload queue over stores that outlive it, and a clock that the test moves.</summary>
internal sealed class UploadCluster : IAsyncDisposable
{
    private readonly MemoryJournal _journal = new();
    private InProcessTestCluster _cluster = null!;

    private UploadCluster() => Sink = new ScriptedSink(Time);

    public FakeTimeProvider Time { get; } = new(TurnScript.Start.AddHours(1));

    public MemoryUploadStore Store { get; } = new();

    public ScriptedSink Sink { get; }

    public IUploadQueueGrain Grain => _cluster.Client.GetGrain<IUploadQueueGrain>(0);

    public static async Task<UploadCluster> StartAsync()
    {
        var made = new UploadCluster();
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) => silo.Services
            .AddSingleton<TimeProvider>(made.Time)
            .UseTimeProviderForBackgroundAreas(TimeProvider.System)
            .AddSingleton<IUploadStore>(made.Store)
            .AddSingleton<ISessionStore>(made._journal)
            .AddSingleton<ITraceSink>(made.Sink)
            .AddSingleton<TurnUploader>()
            .AddSingleton(new RetrySchedule(() => 0.5)));
        made._cluster = builder.Build();
        await made._cluster.DeployAsync();
        return made;
    }

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    /// <summary>Adds an ended turn and its row.</summary>
    public TurnScript AddTurn(int number, string destination = "local")
    {
        var script = new TurnScript($"sesn_{number}").Asked("Hi").Running(1).CallStarted("c").Said("Hello").CallEnded("c").Idle();
        Add(script, fromSequence: 2, destination);
        return script;
    }

    public void Add(TurnScript script, long fromSequence, string destination = "local")
    {
        _journal.Put(script.Session, script.Events);
        Store.Add(new UploadRow(
            script.Session, script.Turn, fromSequence, script.Events.Count, destination, Time.GetUtcNow()));
    }

    public StoredRow Row(TurnScript script, string destination = "local") =>
        Store[new UploadKey(script.Session, script.Turn, destination)];

    public Task DeactivateAsync() => _cluster.DeactivateAsync(Grain);

    /// <summary>Kills the silo that has the grain; another one is there to take over.</summary>
    public async Task KillSiloAsync()
    {
        var first = _cluster.Silos[0];
        await _cluster.StartAdditionalSiloAsync();
        await _cluster.KillSiloAsync(first);
    }

    /// <summary>What every silo does now and then. Not through the client, whose gateway may be the silo that died.</summary>
    public Task NotifyFromSiloAsync() => _cluster.GetSiloServiceProvider(_cluster.Silos[0].SiloAddress)
        .GetRequiredService<IGrainFactory>().GetGrain<IUploadQueueGrain>(0).NotifyAsync();

    /// <summary>Waits for a state of the rows while the clock stands still.</summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        for (var changed = Store.Changed; !condition(); changed = Store.Changed)
        {
            await changed.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Moves the clock in steps, giving the grain a moment for each, until the rows are in a state.</summary>
    public async Task AdvanceUntilAsync(TimeSpan step, Func<bool> condition)
    {
        var end = Time.GetUtcNow().AddDays(2);
        for (var changed = Store.Changed; !condition(); changed = Store.Changed)
        {
            Assert.True(Time.GetUtcNow() < end, "The rows did not reach the expected state within two days.");
            Time.Advance(step);
            await Task.WhenAny(changed, Task.Delay(TimeSpan.FromMilliseconds(10), TestContext.Current.CancellationToken));
        }
    }
}
