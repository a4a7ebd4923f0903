using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Processes;

namespace Colloquy.SandboxHost.Sandboxes;

internal sealed partial class Sandbox
{
    /// <summary>What a call that resumes it gives it at least.</summary>
    private static readonly TimeSpan ShortestWake = TimeSpan.FromMinutes(5);

    /// <summary>Keeps its files, and its processes as well where they can be frozen. Waits for a pause that is under way.</summary>
    /// <param name="memory">False to end its processes in any case.</param>
    /// <exception cref="SandboxConflictException">It is paused, or about to be gone.</exception>
    /// <exception cref="SandboxNotFoundException"/>
    internal async Task PauseAsync(bool memory)
    {
        if (_state == SandboxState.Paused) throw new SandboxConflictException($"Sandbox {Id} is already paused");
        using var change = await BeginAsync();
        if (_state == SandboxState.Running) await PauseNowAsync(Now, memory);
    }

    /// <summary>For a server that stops: its processes would be nobody's.</summary>
    internal async Task PauseIfRunningAsync()
    {
        await _change.WaitAsync();
        using var change = new Change(_change);
        if (_state == SandboxState.Running) await PauseNowAsync(Now, memory: false);
        else LeaveFrozen();
    }

    /// <summary>Makes it run for at least this long.</summary>
    /// <returns>True if it was paused.</returns>
    /// <exception cref="SandboxConflictException">It is about to be gone.</exception>
    /// <exception cref="SandboxNotFoundException"/>
    /// <exception cref="SandboxLimitException"/>
    internal async Task<bool> ConnectAsync(TimeSpan timeout)
    {
        using var change = await BeginAsync();
        if (_state == SandboxState.Paused)
        {
            await ResumeNowAsync(timeout, Request);
            return true;
        }

        Extend(timeout);
        return false;
    }

    /// <param name="autoPause">Whether it is to be paused at its timeout; null leaves that as it is.</param>
    /// <exception cref="SandboxConflictException">It runs already.</exception>
    /// <exception cref="SandboxNotFoundException"/>
    /// <exception cref="SandboxLimitException"/>
    internal async Task ResumeAsync(TimeSpan timeout, bool? autoPause)
    {
        using var change = await BeginAsync();
        if (_state == SandboxState.Running) throw new SandboxConflictException($"Sandbox {Id} is already running");
        await ResumeNowAsync(timeout, Request with { AutoPause = autoPause ?? Request.AutoPause });
    }

    /// <summary>Resumes it for a call to it, if it was made so.</summary>
    /// <returns>Whether it runs.</returns>
    /// <exception cref="SandboxLimitException"/>
    internal async ValueTask<bool> WakeAsync()
    {
        if (IsRunning || !Request.AutoResume || !Exists) return IsRunning;
        try
        {
            await ConnectAsync(Request.Timeout > ShortestWake ? Request.Timeout : ShortestWake);
            return true;
        }
        catch (Exception gone) when (gone is SandboxNotFoundException or SandboxConflictException)
        {
            return false;
        }
    }

    /// <summary>Ends it and removes all of it. Waits for an end that is under way.</summary>
    internal async Task KillAsync()
    {
        await _change.WaitAsync();
        using var change = new Change(_change);
        await KillNowAsync();
    }

    /// <summary>Lets it run on without this server.</summary>
    internal async Task LeaveAsync()
    {
        await _change.WaitAsync();
        using var change = new Change(_change);
        LeaveFrozen();
        if (_state != SandboxState.Running) return;
        var run = EndOfRun(SandboxState.Gone, processes => processes.Detach());
        await run.Cell.LeaveAsync();
    }

    private async Task PauseNowAsync(DateTimeOffset pausedAt, bool memory)
    {
        if (memory && Current.Cell.CanFreeze)
        {
            await FreezeNowAsync(pausedAt);
            return;
        }

        // Recorded first: should the server die in between, the next one goes on with it.
        Store(_record with { State = RecordedState.Paused, EndAt = pausedAt, Init = null });
        var run = EndOfRun(SandboxState.Pausing);
        try
        {
            await run.Cell.TearDownAsync();
        }
        finally
        {
            // What stays of it is killed at least, and a resume goes on over the same files.
            _services.Slots.Return();
            _state = SandboxState.Paused;
        }
    }

    private async Task ResumeNowAsync(TimeSpan timeout, SandboxRequest request)
    {
        _services.Slots.Take();
        try
        {
            if (!await TryThawAsync(timeout, request)) await RebuildAsync(timeout, request);
        }
        catch
        {
            if (_state == SandboxState.Paused) _services.Slots.Return();
            throw;
        }
    }

    private async Task RebuildAsync(TimeSpan timeout, SandboxRequest request)
    {
        var cell = await _services.Cells.BuildAsync(_folder, request.Shape, timeout + _services.OrphanGrace);
        try
        {
            var now = Now;
            Store(new SandboxRecord(RecordedState.Running, request, now, now + timeout, cell.Cage.Init));
        }
        catch
        {
            await cell.TearDownAsync();
            throw;
        }

        Run(cell);
        StartBackground(cell);
    }

    private async Task KillNowAsync()
    {
        if (_state == SandboxState.Gone) return;
        var wasRunning = _state == SandboxState.Running;
        // Without a record it is not a sandbox any more, also to a server that finds the rest of it.
        _folder.DeleteRecord();
        if (wasRunning)
        {
            _services.Slots.Return();
            await EndOfRun(SandboxState.Killing).Cell.DiscardAsync();
        }

        _state = SandboxState.Killing;
        if (Interlocked.Exchange(ref _frozen, null) is { } frozen) await frozen.DiscardAsync();
        await _expiry.DisposeAsync();
        try
        {
            _folder.Delete();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _services.Log.FolderStays(Id, failure);
        }

        _state = SandboxState.Gone;
    }

    // The next server takes its gateway's port, which this one must not hold any more.
    private void LeaveFrozen() => _frozen?.Network.Dispose();

    // The streams end before the processes do, so that none of them seems to have ended by itself.
    private Run EndOfRun(SandboxState next) => EndOfRun(next, processes => processes.Abandon());

    private Run EndOfRun(SandboxState next, Action<ProcessList> letGo)
    {
        var run = _run!;
        _state = next;
        _run = null;
        _expiry.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        letGo(run.Processes);
        return run;
    }

    // The program that comes with a template; without one there is nothing to do.
    private void StartBackground(Cell cell)
    {
        if (cell.Start is { } command && _run is { } run) _ = StartBackgroundAsync(run, command);
    }

    private async Task StartBackgroundAsync(Run run, string command)
    {
        try
        {
            var spec = new ProcessSpec("/bin/sh", ["-c", command], new Dictionary<string, string>(), null, Tag: null, Stdin: false, Deadline: null);
            if (await run.Processes.StartAsync(spec) is var (_, output)) output.Dispose();
        }
        catch (Exception failure) when (failure is SandboxGoneException or SandboxFullException or InvalidOperationException)
        {
            _services.Log.NotStarted(Id, failure);
        }
    }

    private async Task<Change> BeginAsync()
    {
        RefuseWhileKilled();
        await _change.WaitAsync();
        var change = new Change(_change);
        try
        {
            RefuseWhileKilled();
            return change;
        }
        catch
        {
            change.Dispose();
            throw;
        }
    }

    private async Task<Change> BeginWhileRunningAsync()
    {
        if (_state == SandboxState.Pausing) throw new SandboxConflictException($"Sandbox {Id} is being paused");
        var change = await BeginAsync();
        if (_state == SandboxState.Running) return change;
        change.Dispose();
        throw new SandboxNotFoundException(Id);
    }

    private void RefuseWhileKilled()
    {
        if (_state == SandboxState.Killing) throw new SandboxConflictException($"Sandbox {Id} is being killed");
        if (_state == SandboxState.Gone) throw new SandboxNotFoundException(Id);
    }

    private readonly struct Change(SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose() => semaphore.Release();
    }
}
