namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>Ends that nobody has asked for.</summary>
internal sealed partial class Sandbox
{
    private static readonly TimeSpan RetryOfEnd = TimeSpan.FromSeconds(10);

    private Task ExpireAsync() => EndAsync(
        IsOver,
        () =>
        {
            _services.Log.Expired(Id, Request.AutoPause ? "paused" : "killed");
            return PauseOrKillAsync(EndAt, memory: true);
        });

    // Timers run by another clock than the one that names the time, and may be a moment early by that.
    private bool IsOver()
    {
        if (_state != SandboxState.Running) return false;
        if (Now >= EndAt) return true;
        KeepTime();
        return false;
    }

    // If something outside ends its processes (the kernel, out of memory), the rest of the run goes as well.
    private async Task WatchAsync(Run run)
    {
        try
        {
            await run.Cell.Cage.Ended;
        }
        catch (OperationCanceledException)
        {
            return;
        }

        await EndAsync(() => _run == run, () =>
        {
            _services.Log.EndedByItself(Id, Request.AutoPause ? "paused" : "gone");
            return PauseOrKillAsync(Now, memory: false);
        });
    }

    // What a measure of one run has found is nothing that the next must end for.
    private Task KillOverLimitAsync(Run run, string reason) => EndAsync(() => _run == run, () =>
    {
        _services.Log.OverLimit(Id, reason);
        return KillUnaskedAsync();
    });

    // Nobody waits for these ends, so nobody but the log would hear of a failure.
    private async Task EndAsync(Func<bool> isDue, Func<Task> end)
    {
        while (!await TryEndAsync(isDue, end)) await Task.Delay(RetryOfEnd, _services.Time);
    }

    private async Task<bool> TryEndAsync(Func<bool> isDue, Func<Task> end)
    {
        await _change.WaitAsync();
        using var change = new Change(_change);
        try
        {
            // Between two changes, only a kill that has failed halfway is in this state.
            if (_state == SandboxState.Killing) await KillUnaskedAsync();
            else if (isDue()) await end();
            return true;
        }
#pragma warning disable CA1031 // whatever it is, the sandbox must not stay because of it
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _services.Log.EndFailed(Id, failure);
            return false;
        }
    }

    private async Task PauseOrKillAsync(DateTimeOffset at, bool memory)
    {
        // If somebody has removed its folder, there is nothing to keep.
        if (Request.AutoPause && File.Exists(_folder.Record)) await PauseNowAsync(at, memory && Request.AutoPauseMemory);
        else await KillUnaskedAsync();
    }

    private async Task KillUnaskedAsync()
    {
        await KillNowAsync();
        _services.Gone(this);
    }
}
