namespace Colloquy.Grains.Sandboxes;

/// <summary>The sandbox for others than turns: who reads and writes its files.</summary>
internal sealed partial class SandboxKeeper
{
    private Task _opening = Task.CompletedTask;

    /// <summary>
    /// Makes it run, and keeps it running for the idle time from now; a turn that runs in it is not disturbed. Files
    /// that were saved from a lost one are worth a new one.
    /// </summary>
    /// <param name="create">Make one if there is none.</param>
    /// <returns>Null if there is none.</returns>
    /// <exception cref="SandboxException"/>
    public Task<ISandbox?> AccessAsync(bool create, CancellationToken cancellationToken) =>
        OneByOneAsync(() => FindAsync(create, cancellationToken), cancellationToken);

    private async Task<ISandbox?> FindAsync(bool create, CancellationToken cancellationToken)
    {
        if (journal.State!.Turn is not { } turn)
        {
            return await LingerAsync(create, cancellationToken);
        }

        // A turn keeps its sandbox awake, and nobody else may give up one that its agent was started in.
        return IsAwake ? Current
            : turn.Launched ? await FindAsync(turn.Deadline, cancellationToken)
            : await FindOrCreateAsync(turn.Deadline, create, cancellationToken);
    }

    private async Task<ISandbox?> LingerAsync(bool create, CancellationToken cancellationToken)
    {
        // Between turns nobody notices what happens to it.
        if (Current is { } known &&
            await provider.GetAsync(known.Id, cancellationToken) is not { State: SandboxState.Running })
        {
            Forget();
        }

        var sandbox = await FindOrCreateAsync(Deadline(), create, cancellationToken);
        if (sandbox is null || journal.State!.Turn is not null)
        {
            return sandbox;
        }

        await _awake.LingerAsync(journal.State.Sandbox?.ExpiresAt ?? default, ExtendingAsync, WokenAsync);
        return Current ?? await FindOrCreateAsync(Deadline(), create, cancellationToken);

        // As if a turn were to end when the idle time is over.
        DateTimeOffset Deadline() => time.GetUtcNow() + IdleTimeout - SandboxAwakening.Margin;
    }

    /// <summary>Two that open it at the same time would each make their own.</summary>
    private async Task<T> OneByOneAsync<T>(Func<Task<T>> open, CancellationToken cancellationToken)
    {
        var before = _opening;
        var done = new TaskCompletionSource();
        _opening = Task.WhenAll(before, done.Task);
        try
        {
            await before.WaitAsync(cancellationToken);
            return await open();
        }
        finally
        {
            done.SetResult();
        }
    }
}
