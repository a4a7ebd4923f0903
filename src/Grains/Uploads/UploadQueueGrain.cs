using Colloquy.Uploads;
using Microsoft.Extensions.Logging;

namespace Colloquy.Grains.Uploads;

/// <summary>
/// Sends due upload rows, a few at a time, and writes down how it went. Its memory holds only what is being sent right
/// now; whatever happens to it, the rows say what is left to do. A crash between sending and acknowledging sends the
/// turn again, which sinks take without harm.
/// </summary>
internal sealed partial class UploadQueueGrain(
    IUploadStore uploads,
    TurnUploader uploader,
    RetrySchedule schedule,
    TimeProvider time,
    ILogger<UploadQueueGrain> logger) : Grain, IUploadQueueGrain, IDisposable
{
    public const int MaxParallel = 4;

    /// <summary>How long a lost hint can go unnoticed.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(30);

    /// <summary>A sink that has not answered by then is taken to have failed, so that it does not hold up others.</summary>
    public static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan BusyInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StorePause = TimeSpan.FromSeconds(5);

    private readonly Dictionary<UploadKey, Task> _sending = [];
    private readonly CancellationTokenSource _stopping = new();
    private IGrainTimer _timer = null!;
    private bool _wakeRequested;
    private DateTimeOffset _pausedUntil;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _timer = this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions
        {
            DueTime = TimeSpan.Zero,
            Period = PollInterval,
            Interleave = true,
            KeepAlive = true,
        });
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        // Rows whose sending is cut stay pending: the next activation sends them again.
        await Task.WhenAll(_sending.Values).WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    public void Dispose() => _stopping.Dispose();

    public Task NotifyAsync()
    {
        Wake();
        return Task.CompletedTask;
    }

    public Task<UploadStatus> GetStatusAsync() => uploads.GetStatusAsync(CancellationToken.None);

    /// <summary>Brings the next tick forward. Ticks never overlap, so any number of calls makes one more.</summary>
    private void Wake()
    {
        if (!_stopping.IsCancellationRequested)
        {
            _wakeRequested = true;
            _timer.Change(TimeSpan.Zero, PollInterval);
        }
    }

    /// <summary>Starts what is due and fits, without waiting for it, and sets the time of the next tick.</summary>
    private async Task TickAsync(CancellationToken cancellationToken)
    {
        _wakeRequested = false;
        try
        {
            if (time.GetUtcNow() >= _pausedUntil)
            {
                await StartDueAsync(cancellationToken);
            }

            _timer.Change(await NextTickAsync(cancellationToken), PollInterval);
        }
        catch (Exception error) when (!_stopping.IsCancellationRequested)
        {
            LogStoreFailed(error, StorePause.TotalSeconds);
            _timer.Change(StorePause, PollInterval);
        }
    }

    private async Task StartDueAsync(CancellationToken cancellationToken)
    {
        // Rows being sent are still pending and come back, so this many are enough to fill every free place.
        var due = await uploads.ListDueAsync(time.GetUtcNow(), MaxParallel, cancellationToken);
        foreach (var upload in due)
        {
            if (_sending.Count < MaxParallel && !_sending.ContainsKey(upload.Row.Key) && !_stopping.IsCancellationRequested)
            {
                _sending[upload.Row.Key] = SendAsync(upload, _stopping.Token);
            }
        }
    }

    private async Task<TimeSpan> NextTickAsync(CancellationToken cancellationToken)
    {
        var next = _sending.Count > 0
            ? time.GetUtcNow() + BusyInterval
            : await uploads.NextDueAsync(cancellationToken) ?? DateTimeOffset.MaxValue;
        next = next < _pausedUntil ? _pausedUntil : next;
        var delay = next - time.GetUtcNow();
        var isWakeDue = _wakeRequested && time.GetUtcNow() >= _pausedUntil;
        return isWakeDue || delay < TimeSpan.Zero ? TimeSpan.Zero
            : delay < PollInterval ? delay
            : PollInterval;
    }

    private async Task SendAsync(PendingUpload upload, CancellationToken stopping)
    {
        // So that the caller has taken the place before it can be given back.
        await Task.Yield();
        try
        {
            await RecordAsync(upload, await TrySendAsync(upload, stopping));
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            return;
        }
#pragma warning disable CA1031 // the row keeps its state, so it is sent again once the store writes again
        catch (Exception error)
#pragma warning restore CA1031
        {
            // Sending on without being able to write it down would send the same rows over and over.
            LogStoreFailed(error, StorePause.TotalSeconds);
            _pausedUntil = time.GetUtcNow() + StorePause;
        }
        finally
        {
            _sending.Remove(upload.Row.Key);
        }

        Wake();
    }

    /// <returns>What went wrong, or null.</returns>
    private async Task<Exception?> TrySendAsync(PendingUpload upload, CancellationToken stopping)
    {
        using var timeout = new CancellationTokenSource(SendTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping);
        try
        {
            // Waiting apart from the sink's own task, because a sink may ignore the token.
            await uploader.SendAsync(upload.Row, either.Token).WaitAsync(either.Token);
            return null;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            return new TimeoutException($"The sink did not answer within {SendTimeout.TotalSeconds:0} s.");
        }
#pragma warning disable CA1031 // whatever a sink throws is written down on the row
        catch (Exception error) when (!stopping.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return error;
        }
    }

    private async Task RecordAsync(PendingUpload upload, Exception? failure)
    {
        var key = upload.Row.Key;
        var attempts = upload.Attempts + 1;
        var now = time.GetUtcNow();
        switch (failure)
        {
            case null:
                await uploads.AcknowledgeAsync(key, now, CancellationToken.None);
                break;
            case TraceSinkException:
                LogDead(key.Turn.Value, key.Destination, attempts, failure.Message);
                await uploads.BuryAsync(key, attempts, now, failure.Message, CancellationToken.None);
                break;
            default:
                var delay = schedule.DelayAfter(attempts);
                LogRetry(key.Turn.Value, key.Destination, attempts, failure.Message, delay.TotalSeconds);
                await uploads.RetryAsync(key, attempts, now + delay, failure.Message, CancellationToken.None);
                break;
        }
    }
}
