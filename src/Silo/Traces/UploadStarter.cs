using Colloquy.Uploads;

namespace Colloquy.Silo.Traces;

/// <summary>
/// Wakes the upload queue when the server has started and every now and then, so that turns of an earlier life are
/// sent without any request, and a queue whose silo died comes back on another one.
/// </summary>
internal sealed partial class UploadStarter(
    IGrainFactory grains,
    IHostApplicationLifetime lifetime,
    IConfiguration configuration,
    TraceFolder folder,
    TimeProvider time,
    ILogger<UploadStarter> logger) : BackgroundService
{
    public const string BraintrustKey = "BRAINTRUST_API_KEY";
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        SayWhereTracesGo();
        await StartedAsync(stoppingToken);
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            await WakeQueueAsync();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private void SayWhereTracesGo()
    {
        if (string.IsNullOrWhiteSpace(configuration[BraintrustKey]))
        {
            LogLocal(folder.Path);
        }
        else
        {
            LogBraintrustLater(folder.Path);
        }
    }

    // Grain calls before that wait for a silo that is not there yet.
    private async Task StartedAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
    }

    private async Task WakeQueueAsync()
    {
        try
        {
            await grains.GetGrain<IUploadQueueGrain>(0).NotifyAsync();
        }
#pragma warning disable CA1031 // the next beat tries again, and a failure here must not stop the server
        catch (Exception error)
#pragma warning restore CA1031
        {
            LogNotWoken(error, Interval.TotalSeconds);
        }
    }
}
