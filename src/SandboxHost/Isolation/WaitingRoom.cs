namespace Colloquy.SandboxHost.Isolation;

/// <summary>Keeps one shell waiting inside a sandbox, so that a command starts without the time it takes to enter.</summary>
internal sealed class WaitingRoom(Func<Task<Entrance>> open)
{
    private readonly Lock _lock = new();
    private Task<Entrance>? _next;
    private bool _closed;

    /// <exception cref="SandboxGoneException">The sandbox has ended.</exception>
    /// <exception cref="SandboxFullException"/>
    internal async Task<Entrance> TakeAsync()
    {
        var waiting = Swap();
        if (waiting is not null && await EndAsync(waiting))
        {
            var entrance = await waiting;
            // Whatever runs in the sandbox may have killed the shell that waited there.
            if (!entrance.Exited.IsCompleted) return entrance;
            entrance.Dispose();
        }

        // Why the waiting one failed need not hold any more; one opened now tells.
        return await open();
    }

    /// <summary>Opens the next one.</summary>
    internal void Refill()
    {
        lock (_lock)
        {
            if (!_closed) _next ??= open();
        }
    }

    internal void Close()
    {
        lock (_lock) _closed = true;
        if (Swap() is { } waiting) _ = DisposeAsync(waiting);
    }

    private Task<Entrance>? Swap()
    {
        lock (_lock)
        {
            var waiting = _next;
            _next = null;
            return waiting;
        }
    }

    private static async Task DisposeAsync(Task<Entrance> waiting)
    {
        if (await EndAsync(waiting)) (await waiting).Dispose();
    }

    /// <returns>Whether there is an entrance at the end of it.</returns>
    private static async Task<bool> EndAsync(Task waiting)
    {
        await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return waiting.IsCompletedSuccessfully;
    }
}
