using Colloquy.SandboxHost.Isolation;

namespace Colloquy.SandboxHost.Sandboxes;

// How it stands still with its processes, and goes on.
internal sealed partial class Sandbox
{
    // The record keeps the first process: by that a later server knows that there is something to thaw.
    private async Task FreezeNowAsync(DateTimeOffset pausedAt)
    {
        var running = _record;
        var cell = Current.Cell;
        await cell.FreezeAsync();
        try
        {
            Store(running with { State = RecordedState.Paused, EndAt = pausedAt });
        }
        catch
        {
            await cell.ThawAsync();
            throw;
        }

        EndOfRun(SandboxState.Pausing, processes => processes.Detach());
        cell.Resources!.Dispose();
        _frozen = cell;
        _services.Slots.Return();
        _state = SandboxState.Paused;
    }

    private async Task<bool> TryThawAsync(TimeSpan timeout, SandboxRequest request)
    {
        if (_frozen is not { } cell) return false;
        if (cell.Cage.Init is not { IsRunning: true })
        {
            _frozen = null;
            await cell.TearDownAsync();
            return false;
        }

        // Before the thaw: the first process of the sandbox looks at it at once.
        Deadline.Write(_folder.Deadline, timeout + _services.OrphanGrace);
        var (now, paused) = (Now, _record);
        Store(new SandboxRecord(RecordedState.Running, request, now, now + timeout, cell.Cage.Init));
        try
        {
            await cell.ThawAsync();
        }
        catch
        {
            Store(paused);
            throw;
        }

        _frozen = null;
        Run(cell);
        return true;
    }
}
