using Colloquy.Grains.Sessions;
using Colloquy.Sessions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Colloquy.Grains.Sandboxes;

/// <summary>
/// Kills sandboxes of this installation that no session holds: at start and every minute. One silo would be enough;
/// several do no harm.
/// </summary>
public sealed partial class SandboxSweeper(
    ISandboxProvider provider, ISessionStore store, TimeProvider time, ILogger<SandboxSweeper> log) : BackgroundService
{
    public static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    /// <summary>Sandboxes that were made for something else than a session, such as a measurement.</summary>
    private static readonly TimeSpan LifeWithoutSession = TimeSpan.FromHours(1);

    private long _swept;

    /// <summary>How many it has killed since the server started.</summary>
    public long Swept => Interlocked.Read(ref _swept);

    /// <summary>One round; public so that it can be awaited where time does not pass by itself.</summary>
    /// <returns>How many it killed.</returns>
    /// <exception cref="SandboxException">The provider cannot list its sandboxes now.</exception>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var killed = 0;
        await foreach (var found in provider.ListAsync(cancellationToken))
        {
            // The row is read after the sandbox was seen: its lease was stored before the sandbox was asked for, so a
            // row without that lease has given it up.
            if (!await IsHeldAsync(found, cancellationToken) && await TryKillAsync(found, cancellationToken))
            {
                killed++;
            }
        }

        if (killed > 0)
        {
            LogSwept(killed);
        }

        return killed;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
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
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<bool> IsHeldAsync(SandboxStatus found, CancellationToken cancellationToken) =>
        SessionId.TryParse(found.SessionId, out var session)
            ? await store.HoldsAsync(session, found, cancellationToken)
            : time.GetUtcNow() - found.StartedAt < LifeWithoutSession;

    private async Task<bool> TryKillAsync(SandboxStatus found, CancellationToken cancellationToken)
    {
        try
        {
            await provider.KillAsync(found.Id, cancellationToken);
            Telemetry.SandboxesSwept.Add(1);
            Interlocked.Increment(ref _swept);
            return true;
        }
        catch (SandboxException exception)
        {
            LogNotKilled(found.Id, exception);
            return false;
        }
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "{Count} sandboxes were killed because no session holds them.")]
    private partial void LogSwept(int count);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Sandbox {Sandbox}, which no session holds, could not be killed; it is tried again.")]
    private partial void LogNotKilled(string sandbox, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sandboxes could not be listed; it is tried again.")]
    private partial void LogSweepFailed(Exception exception);
}
