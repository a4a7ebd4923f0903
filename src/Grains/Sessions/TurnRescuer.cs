using System.Collections.Concurrent;
using System.Threading.Channels;
using Colloquy.Sessions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Colloquy.Grains.Sessions;

/// <summary>
/// Sees to it that an accepted message is answered and a begun turn ends without anyone asking: at start and every
/// ten seconds it resumes unsettled sessions whose owner is not a live silo, and those that an activation of this
/// silo had to let go.
/// </summary>
public sealed partial class TurnRescuer(
    IGrainFactory grains, ISessionStore store, ILiveSilos silos, TimeProvider time, ILogger<TurnRescuer> log)
    : BackgroundService
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);
    private const int BatchSize = 100;

    private readonly Channel<SessionId> _letGo = Channel.CreateUnbounded<SessionId>();
    private readonly ConcurrentDictionary<SessionId, bool> _later = new();

    /// <summary>An activation could not finish this session's work: another has to.</summary>
    public void Add(SessionId session) => _letGo.Writer.TryWrite(session);

    /// <summary>The same, for what has just failed: it waits for the next round, and nobody waits for it.</summary>
    public void AddLater(SessionId session) => _later.TryAdd(session, true);

    /// <summary>
    /// One round over the store; public so that it can be awaited where time does not pass by itself.
    /// </summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var live = await silos.GetAsync(cancellationToken);
        var unsettled = await store.ListUnsettledAsync(live, BatchSize, cancellationToken);
        foreach (var session in unsettled)
        {
            await ResumeAsync(session, cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await Task.WhenAll(SweepForeverAsync(stoppingToken), ResumeLetGoAsync(stoppingToken));
    }

    private async Task SweepForeverAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            try
            {
                await SweepAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogSweepFailed(exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken) && TakeUpLater());
    }

    private bool TakeUpLater()
    {
        foreach (var session in _later.Keys)
        {
            _later.TryRemove(session, out _);
            Add(session);
        }

        return true;
    }

    private async Task ResumeLetGoAsync(CancellationToken stoppingToken)
    {
        await foreach (var session in _letGo.Reader.ReadAllAsync(stoppingToken))
        {
            // An activation that breaks at once adds its session again: without this it would be tried without a pause.
            if (!_later.ContainsKey(session) && !await ResumeAsync(session, stoppingToken))
            {
                AddLater(session);
            }
        }
    }

    private async Task<bool> ResumeAsync(SessionId session, CancellationToken cancellationToken)
    {
        try
        {
            LogResuming(session);
            await grains.GetGrain<ISessionGrain>(session.Value).ResumeAsync().WaitAsync(cancellationToken);
            return true;
        }
        catch (SessionNotFoundException)
        {
            // Its creation was never stored: nothing was promised to anyone.
            return true;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogResumeFailed(session, exception);
            return false;
        }
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Going on with session {Session}, which was left unfinished.")]
    private partial void LogResuming(SessionId session);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session {Session} could not be resumed; it is tried again.")]
    private partial void LogResumeFailed(SessionId session, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Unfinished sessions could not be listed; it is tried again.")]
    private partial void LogSweepFailed(Exception exception);
}

/// <summary>Knows which silos are up; sessions of others are orphans.</summary>
public interface ILiveSilos
{
    Task<IReadOnlyCollection<string>> GetAsync(CancellationToken cancellationToken);
}

/// <summary>
/// This silo's name as owner of sessions: its address with generation, so that a restart is another owner.
/// </summary>
public sealed record SiloOwner(string Name);
