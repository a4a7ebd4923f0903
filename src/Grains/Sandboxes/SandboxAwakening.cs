namespace Colloquy.Grains.Sandboxes;

/// <summary>
/// The open sandbox and until when its provider lets it run. Requests that change that go out one after another,
/// because the last to arrive is the one that counts.
/// </summary>
/// <param name="idleTimeout">How long after its last use it is paused.</param>
/// <param name="settleDelay">How long a turn must run before anything is asked for because of that.</param>
internal sealed class SandboxAwakening(
    TimeSpan maxRun, Func<TimeSpan> idleTimeout, TimeSpan settleDelay, TimeProvider time)
{
    /// <summary>How long a sandbox must outlive the deadline of its turn, so that the turn's end can be read.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    /// <summary>
    /// A turn is extended in steps: should nobody come back to it, its sandbox does not run for a day.
    /// </summary>
    private static readonly TimeSpan Stride = TimeSpan.FromMinutes(30);

    /// <summary>With less time left than this, an agent is not started before the time is extended.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(15);

    /// <summary>Providers count whole seconds by another clock.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(10);

    /// <summary>The least that providers can be asked for.</summary>
    private static readonly TimeSpan ShortestRun = TimeSpan.FromSeconds(1);

    private DateTimeOffset _runStartedAt;
    private DateTimeOffset _until;
    private Task _lastRequest = Task.CompletedTask;

    public TimeSpan IdleTimeout => idleTimeout();

    public ISandbox? Sandbox { get; private set; }

    /// <summary>How long it runs if nothing is done; nothing if it is not open.</summary>
    public TimeSpan Remaining => Sandbox is null ? TimeSpan.Zero : _until - time.GetUtcNow();

    public DateTimeOffset IdleUntil => Earlier(time.GetUtcNow() + IdleTimeout, _runStartedAt + maxRun);

    public ISandbox Open(ISandbox sandbox, DateTimeOffset runStartedAt, DateTimeOffset until)
    {
        (_runStartedAt, _until) = (runStartedAt, Earlier(until, sandbox.EndAt));
        return Sandbox = sandbox;
    }

    public void Close() => Sandbox = null;

    /// <summary>A turn may begin in it at once.</summary>
    public bool CanRun(DateTimeOffset deadline) =>
        Remaining > Smaller(Slack, IdleTimeout / 2) && FitsRun(deadline, _runStartedAt);

    /// <summary>Whether a turn ends before the provider's longest run does, or a new run would not help.</summary>
    public bool FitsRun(DateTimeOffset deadline, DateTimeOffset runStartedAt) =>
        deadline + Margin <= runStartedAt + maxRun || time.GetUtcNow() - runStartedAt < Margin;

    public DateTimeOffset NewRunUntil(DateTimeOffset deadline) => TurnUntil(deadline, time.GetUtcNow());

    public DateTimeOffset TurnUntil(DateTimeOffset deadline) => TurnUntil(deadline, _runStartedAt);

    public DateTimeOffset TurnUntil(DateTimeOffset deadline, DateTimeOffset runStartedAt) =>
        Earlier(Earlier(deadline + Margin, time.GetUtcNow() + Stride), runStartedAt + maxRun);

    /// <param name="extending">Told of every new time before the provider is.</param>
    /// <param name="woken">Told until when it had been awake, if it turns out that it was paused meanwhile.</param>
    public async Task KeepAsync(
        DateTimeOffset deadline, Func<DateTimeOffset, Task> extending, Func<DateTimeOffset, Task> woken,
        CancellationToken turnEnds)
    {
        var pause = Remaining < IdleTimeout / 2
            ? TimeSpan.Zero
            : Smaller(settleDelay, IdleTimeout / 4);
        while (await PauseAsync(pause, turnEnds) && Sandbox is { } sandbox)
        {
            // It may be the one that lets the sandbox rest after the turn before.
            await _lastRequest;
            var until = TurnUntil(deadline);
            if (until - _until < Tolerance)
            {
                return;
            }

            try
            {
                if (!await TryProlongAsync(sandbox, until, extending, woken))
                {
                    return;
                }

                pause = Remaining / 2;
            }
            catch (SandboxException exception) when (exception.Failure != SandboxFailure.Gone)
            {
                pause = RetryPause;
            }
            catch (SandboxException)
            {
                // The turn learns of it where it reads its agent's output.
                return;
            }
        }
    }

    /// <summary>Between turns: keeps it awake for the idle time from now, unless most of that is left.</summary>
    /// <param name="until">How long it stays awake by the session's books.</param>
    /// <inheritdoc cref="KeepAsync" path="/param"/>
    /// <exception cref="SandboxException"/>
    public async Task LingerAsync(
        DateTimeOffset until, Func<DateTimeOffset, Task> extending, Func<DateTimeOffset, Task> woken)
    {
        await _lastRequest;
        var wanted = IdleUntil;
        if (Sandbox is { } sandbox && wanted - Earlier(until, _until) > IdleTimeout / 4)
        {
            await TryProlongAsync(sandbox, wanted, extending, woken);
        }
    }

    /// <exception cref="SandboxException"/>
    public Task RestAsync(DateTimeOffset until) => InOrderAsync(async () =>
    {
        if (Sandbox is { } sandbox)
        {
            // At once: a turn that begins while this is on its way must not count on more.
            _until = Earlier(_until, until);
            // Also when that time is over: it would run on to the deadline of its turn.
            var left = until - time.GetUtcNow();
            await sandbox.SetTimeoutAsync(left > ShortestRun ? left : ShortestRun, CancellationToken.None);
            _until = Earlier(until, sandbox.EndAt);
        }
    });

    /// <returns>False if it was paused meanwhile, and is therefore closed.</returns>
    private async Task<bool> TryProlongAsync(
        ISandbox sandbox, DateTimeOffset until, Func<DateTimeOffset, Task> extending, Func<DateTimeOffset, Task> woken)
    {
        var awake = _until;
        await extending(until);
        await ExtendAsync(sandbox, until);
        if (!sandbox.WasResumed)
        {
            return true;
        }

        // What ran in it is gone, and nobody has looked what has become of its files.
        Close();
        await woken(awake);
        return false;
    }

    private Task ExtendAsync(ISandbox sandbox, DateTimeOffset until) => InOrderAsync(async () =>
    {
        await sandbox.ExtendAsync(until - time.GetUtcNow(), CancellationToken.None);
        _until = Earlier(until, sandbox.EndAt);
    });

    private async Task InOrderAsync(Func<Task> request)
    {
        var before = _lastRequest;
        var done = new TaskCompletionSource();
        _lastRequest = done.Task;
        await before;
        try
        {
            await request();
        }
        finally
        {
            done.SetResult();
        }
    }

    /// <returns>False when the turn is over.</returns>
    private async Task<bool> PauseAsync(TimeSpan pause, CancellationToken turnEnds)
    {
        await Task.Delay(pause > TimeSpan.Zero ? pause : TimeSpan.Zero, time, turnEnds).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return !turnEnds.IsCancellationRequested;
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static TimeSpan Smaller(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
