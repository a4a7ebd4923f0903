using Colloquy.Grains.Sessions;

namespace Colloquy.Grains.Sandboxes;

/// <summary>
/// Opens the one sandbox of a session: created on first use, found again after a restart, resumed after a pause, made
/// anew when it is lost, killed at the end. Every effect on it follows the append of its intent.
/// </summary>
/// <param name="shapeOf">What the sandbox of a session is made like; asked whenever one is made.</param>
internal sealed partial class SandboxKeeper(
    SessionJournal journal, ISandboxProvider provider, CheckpointTaker checkpoints, SandboxLeaseOptions options,
    Func<SessionState, Task<SandboxShape>> shapeOf, TimeProvider time)
{
    private readonly SandboxAwakening _awake = new(
        provider.MaxRun, () => journal.State?.Environment?.IdleTimeout ?? options.IdleTimeout, options.SettleDelay,
        time);
    private (string Lease, Task<ISandbox> Answer)? _asked;

    /// <summary>The sandbox as it was opened last; null if it has to be opened.</summary>
    public ISandbox? Current => _awake.Sandbox;

    /// <summary>It was opened here and has not been paused since.</summary>
    public bool IsAwake => _awake.Remaining > TimeSpan.Zero;

    /// <summary>When it is to be paused if the turn ends now; null if it is not open.</summary>
    public DateTimeOffset? IdleUntil => Current is null ? null : _awake.IdleUntil;

    /// <summary>How long a turn with this deadline is about to keep it awake.</summary>
    public DateTimeOffset TurnUntil(DateTimeOffset deadline) => _awake.TurnUntil(deadline);

    /// <summary>How long after its last use it is paused.</summary>
    public TimeSpan IdleTimeout => _awake.IdleTimeout;

    /// <summary>The session's sandbox, or one that takes its place.</summary>
    /// <exception cref="SandboxException"/>
    public async Task<ISandbox> OpenAsync(DateTimeOffset deadline, CancellationToken cancellationToken) =>
        (await OneByOneAsync(() => FindOrCreateAsync(deadline, create: true, cancellationToken), cancellationToken))!;

    /// <returns>Null if the session has no sandbox, or had one and it is gone.</returns>
    /// <exception cref="SandboxException"/>
    public Task<ISandbox?> ReopenAsync(DateTimeOffset deadline, CancellationToken cancellationToken) =>
        OneByOneAsync(() => FindAsync(deadline, cancellationToken), cancellationToken);

    /// <summary>Keeps it awake while a turn runs; ends when that is over or nothing more can be done.</summary>
    public Task KeepAwakeAsync(DateTimeOffset deadline, CancellationToken turnEnds) => _awake.KeepAsync(
        deadline, ExtendingAsync, WokenAsync, turnEnds);

    /// <summary>Lets the provider pause it when the idle time is over, whether we are still there or not.</summary>
    /// <exception cref="SandboxException"/>
    public Task RestAsync() => journal.State!.Sandbox is { } lease && Current?.Id == lease.SandboxId
        ? _awake.RestAsync(lease.ExpiresAt)
        : Task.CompletedTask;

    /// <summary>The open handle turned out to be dead.</summary>
    public void Forget() => _awake.Close();

    /// <summary>Asks how long it ran, for the last entry in the books.</summary>
    /// <returns>Null if it is running, or there is none.</returns>
    public async Task<SandboxRun?> LookAsync(CancellationToken cancellationToken)
    {
        if (IsAwake || journal.State!.Sandbox is not { SandboxId: { } sandboxId, Asleep: false } lease)
        {
            return null;
        }

        try
        {
            return SandboxRun.Of(lease, await provider.GetAsync(sandboxId, cancellationToken), time.GetUtcNow());
        }
        catch (Exception exception) when (exception is SandboxException or OperationCanceledException)
        {
            // The end of a session does not wait for its provider.
            return SandboxRun.Unknown(lease, time.GetUtcNow());
        }
    }

    /// <summary>Kills what the lease holds, deletes the copy of its files, and gives both up.</summary>
    /// <exception cref="SandboxException">The lease stays: try again.</exception>
    /// <exception cref="IOException">The lease stays: try again.</exception>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        Forget();
        if (journal.State!.Sandbox is { } lease &&
            (lease.SandboxId ?? await FindUnansweredAsync(lease, cancellationToken)) is { } sandboxId)
        {
            await provider.KillAsync(sandboxId, cancellationToken);
        }

        await checkpoints.DeleteAllAsync(cancellationToken);
        if (journal.State is not { Sandbox: null, Checkpoint: null })
        {
            await journal.CommitAsync(SessionMachine.ReleaseSandbox);
        }
    }

    private async Task<ISandbox?> FindAsync(DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        if (journal.State!.Sandbox is not { SandboxId: { } sandboxId } lease)
        {
            return null;
        }

        // Time from before the turn that nobody knows to have been run is asked for.
        var isSettled = journal.State.Turn is not { } turn || lease.SliceStart >= turn.StartedAt;
        return isSettled && Current?.Id == sandboxId && _awake.CanRun(deadline)
            ? Current
            : await WakeAsync(lease, sandboxId, deadline, cancellationToken);
    }

    private async Task<ISandbox?> FindOrCreateAsync(
        DateTimeOffset deadline, bool create, CancellationToken cancellationToken)
    {
        if (journal.State!.Sandbox?.SandboxId is not null)
        {
            if (await FindAsync(deadline, cancellationToken) is { } sandbox)
            {
                return sandbox;
            }

            await journal.CommitAsync(SessionMachine.LoseSandbox);
            Telemetry.SandboxesLost.Add(1);
        }

        return create || journal.State is { SandboxLost: true, Checkpoint: not null }
            ? await CreateAsync(deadline, cancellationToken)
            : null;
    }

    private Task ExtendingAsync(DateTimeOffset until) =>
        journal.CommitAsync(change => SessionMachine.ExtendSandbox(change, until));

    private Task WokenAsync(DateTimeOffset until) => journal.CommitAsync(change => SessionMachine.SettleSandbox(
        change, new SandboxRun(until < change.Now ? until : change.Now, Ended: true, Estimated: true)));

    private async Task<ISandbox> CreateAsync(DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        Forget();
        var lease = journal.State!.Sandbox ?? await journal.CommitAsync(SessionMachine.LeaseSandbox);
        var asked = time.GetUtcNow().Truncated();
        var until = _awake.NewRunUntil(deadline);
        var sandbox = await AskAsync(lease, until - asked, cancellationToken);
        var restored = journal.State!.SandboxLost ? await checkpoints.RestoreAsync(sandbox, cancellationToken) : null;
        // Last: a sandbox without it was never made ready.
        await WorkspaceMarker.WriteAsync(sandbox, lease.Id, cancellationToken);
        var opened = new OpenedSandbox(sandbox.Id, provider.Kind, sandbox.Resources, asked, until);
        await journal.CommitAsync(change => SessionMachine.OpenSandbox(change, opened, restored));
        (restored is null ? Telemetry.SandboxesCreated : Telemetry.SandboxesRebuilt).Add(1);
        return _awake.Open(sandbox, asked, until);
    }

    /// <summary>Finds out what became of it, books that, and resumes it if it was paused.</summary>
    private async Task<ISandbox?> WakeAsync(
        SandboxLease lease, string sandboxId, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        Forget();
        if (await LookAndSettleAsync(sandboxId, deadline, cancellationToken) is not { } seen)
        {
            return null;
        }

        var asked = time.GetUtcNow().Truncated();
        var run = seen.State == SandboxState.Paused ? asked : seen.StartedAt.Truncated();
        var until = _awake.TurnUntil(deadline, run);
        if (await provider.ConnectAsync(sandboxId, until - asked, cancellationToken) is not { } sandbox)
        {
            return null;
        }

        // Not only if this call has resumed it: the one that did may not have come to the end of this.
        if ((sandbox.WasResumed || journal.State!.Sandbox is { Asleep: true }) &&
            !await WorkspaceMarker.IsThereAsync(sandbox, lease.Id, cancellationToken))
        {
            await provider.KillAsync(sandboxId, cancellationToken);
            return null;
        }

        run = sandbox.WasResumed ? asked : run;
        await journal.CommitAsync(change => SessionMachine.WakeSandbox(change, run, until));
        Telemetry.SandboxesResumed.Add(sandbox.WasResumed ? 1 : 0);
        return _awake.Open(sandbox, run, until);
    }

    private async Task<SandboxStatus?> LookAndSettleAsync(
        string sandboxId, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var seen = await provider.GetAsync(sandboxId, cancellationToken);
        if (seen is { State: SandboxState.Running } && !_awake.FitsRun(deadline, seen.StartedAt))
        {
            // A pause begins a new run, which is as long as the provider allows.
            seen = await provider.PauseAsync(sandboxId, cancellationToken)
                ? seen with { State = SandboxState.Paused, EndAt = time.GetUtcNow() }
                : null;
        }

        if (seen is not null)
        {
            await journal.CommitAsync(change => SessionMachine.SettleSandbox(change, seen));
        }

        return seen;
    }

    /// <summary>
    /// A create whose answer was lost may have made a sandbox: asking again for the same lease names it.
    /// </summary>
    /// <returns>Null if the provider will never give a sandbox for it: asking for ever would not change that.</returns>
    private async Task<string?> FindUnansweredAsync(SandboxLease lease, CancellationToken cancellationToken)
    {
        try
        {
            return (await AskAsync(lease, SandboxAwakening.Margin, cancellationToken)).Id;
        }
        catch (SandboxException exception) when (exception.Failure == SandboxFailure.Refused)
        {
            return null;
        }
    }

    /// <summary>
    /// A request that is cancelled may be carried out all the same, and after another one has looked for it in vain:
    /// then there are two sandboxes. So a request is never cancelled. Who gives up waiting (an interrupt, the end of
    /// the session) leaves its answer to who asks next.
    /// </summary>
    private Task<ISandbox> AskAsync(SandboxLease lease, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        if (_asked is not { Answer.IsCompleted: false } || _asked.Value.Lease != lease.Id)
        {
            _asked = (lease.Id, CreateAsync(lease, lifetime));
        }

        return _asked.Value.Answer.WaitAsync(cancellationToken);
    }

    private async Task<ISandbox> CreateAsync(SandboxLease lease, TimeSpan lifetime)
    {
        var shape = await shapeOf(journal.State!);
        var spec = new SandboxSpec(lease.Id, journal.State!.Id.Value, shape.Template, lifetime)
        {
            Reach = shape.Reach,
            Limits = shape.Limits,
        };
        return await provider.CreateAsync(spec, CancellationToken.None);
    }
}
