using Colloquy.Grains.Agents;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>
/// Runs one turn: opens the sandbox, starts the agent or finds it again, stores its output as events until it ends.
/// Lives on the activation's scheduler. Stopping has two forms: an agent that is to end (interrupt, deadline) is told
/// so and read to its last line; an activation that is to end just lets go and leaves the agent alone.
/// </summary>
/// <param name="prepare">
/// Asked only if the agent must be launched: one that runs is followed without being known.
/// </param>
internal sealed class TurnRunner(
    SessionJournal journal, EventFeed feed, ISessionStore store, SandboxKeeper sandboxes,
    Func<CancellationToken, Task<TurnPreparation>> prepare, TimeProvider time, RunningTurn turn)
{
    /// <summary>
    /// How many breaks in a row of the output's stream are too many, unless they come from an outage.
    /// </summary>
    private const int MaxBreaks = 6;

    /// <summary>A host that is started again needs its time, and the agent works on meanwhile.</summary>
    private static readonly TimeSpan LongestOutage = TimeSpan.FromMinutes(1);

    /// <summary>A stream that held this long was a good one, though the agent may have been silent.</summary>
    private static readonly TimeSpan GoodStream = TimeSpan.FromSeconds(30);

    /// <summary>Grows with the breaks in a row, up to <see cref="MaxBreaks"/> of it.</summary>
    private static readonly TimeSpan FollowPause = TimeSpan.FromMilliseconds(250);

    private readonly AgentFollower _agent = new(journal, feed, time, turn);
    private readonly CallCloser _calls = new(journal, store, time, turn);
    private TurnPreparation? _preparation;
    private ISandbox? _sandbox;
    private Task _keeping = Task.CompletedTask;
    private string? _prompt;
    private int _breaks;
    private long _firstBreak;
    private long _furthest;

    /// <param name="stop">Cancelled by an interrupt.</param>
    /// <param name="abandon">Cancelled when the activation ends; nothing is stored from then on.</param>
    /// <exception cref="OperationCanceledException">Abandoned.</exception>
    /// <exception cref="OutcomeUnknownException">The store failed: the turn goes on in another activation.</exception>
    public async Task<TurnEnd> RunAsync(CancellationToken stop, CancellationToken abandon)
    {
        using var deadline = new CancellationTokenSource(Remaining(), time);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stop, deadline.Token, abandon);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(abandon);
        Exception? failure = null;
        try
        {
            await RunToEndAsync(stopping.Token, abandon, ended.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !abandon.IsCancellationRequested)
        {
            // Told to stop before the agent was running, or it gave no last words in time.
        }
        catch (Exception exception) when (exception is not OutcomeUnknownException && !abandon.IsCancellationRequested)
        {
            // A cancellation that nobody asked for (some library's timeout) is a failure like any other.
            failure = exception;
        }
        finally
        {
            await ended.CancelAsync();
            await _keeping;
        }

        abandon.ThrowIfCancellationRequested();
        await _calls.WaitAsync(abandon);
        return TurnVerdict.Judge(Facts(failure, stop, deadline.Token)) with
        {
            Rest = _agent.Complete(),
            Shown = await _calls.WithoutEndAsync(_agent.Shown, abandon),
            OutputUsage = _agent.Usage,
            AgentRan = _agent.Ran,
            AgentUsage = _agent.AgentUsage,
            SandboxAwakeUntil = sandboxes.IdleUntil,
        };
    }

    private async Task RunToEndAsync(CancellationToken stopping, CancellationToken abandon, CancellationToken ended)
    {
        _prompt = await ReadPromptAsync(abandon);
        if (turn.Launched)
        {
            await TakeUpAsync(stopping, abandon, ended);
            return;
        }

        // First: without an agent there is nothing to have a sandbox for.
        _preparation = await prepare(stopping);
        _sandbox = await sandboxes.OpenAsync(turn.Deadline, stopping);
        _keeping = sandboxes.KeepAwakeAsync(turn.Deadline, ended);
        try
        {
            await LaunchAsync(null, stopping, abandon);
        }
        catch (SandboxException exception) when (exception.Failure == SandboxFailure.Gone && !_agent.Started)
        {
            // It was paused or died while nobody looked, before the agent ran. Once; one that dies at once again is an
            // error.
            sandboxes.Forget();
            _sandbox = await sandboxes.OpenAsync(turn.Deadline, stopping);
            await LaunchAsync(null, stopping, abandon);
        }
    }

    /// <summary>
    /// After a restart: the agent was started, or was about to be, in the sandbox that the session holds.
    /// </summary>
    private async Task TakeUpAsync(CancellationToken stopping, CancellationToken abandon, CancellationToken ended)
    {
        _sandbox = await ReachAsync(stopping, abandon) ?? throw new SandboxException(
            SandboxFailure.Gone,
            "The sandbox was gone when the server came back, and the running agent with it. Send the message again; " +
            "the conversation continues in a new sandbox.");
        _keeping = sandboxes.KeepAwakeAsync(turn.Deadline, ended);
        await LaunchAsync(Launcher.Follow(turn.Id, 0), stopping, abandon);
    }

    /// <summary>It may be time to stop already. The agent does not know that: it must be reached to be told.</summary>
    private async Task<ISandbox?> ReachAsync(CancellationToken stopping, CancellationToken abandon)
    {
        using var reach = CancellationTokenSource.CreateLinkedTokenSource(abandon);
        await using (stopping.Register(() => reach.CancelAfter(AgentFollower.StopPatience)))
        {
            return await sandboxes.ReopenAsync(turn.Deadline, reach.Token);
        }
    }

    /// <summary>Starts the agent, unless <paramref name="follow"/> finds it started, and reads it to its end.</summary>
    private async Task LaunchAsync(ProcessSpec? follow, CancellationToken stopping, CancellationToken abandon)
    {
        var process = follow ?? await PrepareAsync(stopping);
        while (true)
        {
            _agent.Rewind();
            var code = await TryFollowAsync(process, stopping, abandon);
            if (_agent.HasEnded || code is not (null or Launcher.AlreadyStarted or Launcher.NotStarted))
            {
                return;
            }

            // The launcher never starts an agent twice, so whatever was unclear is asked of it.
            process = code is Launcher.NotStarted ? await PrepareAsync(stopping) : Launcher.Follow(turn.Id, 0);
        }
    }

    private async Task<ProcessSpec> PrepareAsync(CancellationToken stopping)
    {
        var preparation = _preparation ??= await prepare(stopping);
        var through = journal.State!.Sandbox!.HistoryThrough;
        var history = await new History(store).ReadAsync(journal.State.Id, through, turn.FirstSequence, stopping);
        var plan = preparation.Plan(journal.State.Id, turn, _prompt!, history);
        // The upload has no effect of its own, so it may overlap the append of the intent; the start may not.
        await Task.WhenAll(
            plan.Files.Count > 0 ? _sandbox!.WriteAsync(plan.Files, stopping) : Task.CompletedTask,
            journal.CommitAsync(change => SessionMachine.Launch(
                change, turn.Id, sandboxes.TurnUntil(turn.Deadline), turn.UsageSource ?? preparation.UsageSource,
                preparation.Notice)));
        return plan.Run;
    }

    /// <returns>The launcher's exit code; null if the stream broke and is worth taking up again.</returns>
    private async Task<int?> TryFollowAsync(
        ProcessSpec process, CancellationToken stopping, CancellationToken abandon)
    {
        var began = time.GetTimestamp();
        try
        {
            return await _agent.FollowAsync(_sandbox!, process, stopping, abandon);
        }
        catch (SandboxException exception) when (
            exception.Failure == SandboxFailure.Unavailable || MayBePaused(exception))
        {
            CountBreak(began);
            if (_breaks >= MaxBreaks &&
                (stopping.IsCancellationRequested || time.GetElapsedTime(_firstBreak) > LongestOutage))
            {
                throw;
            }

            if (exception.Failure == SandboxFailure.Gone)
            {
                sandboxes.Forget();
            }

            if (sandboxes.Current is null)
            {
                _sandbox = await ReachAsync(stopping, abandon) ?? throw new SandboxException(
                    SandboxFailure.Gone, exception.Message, exception);
            }

            // Told to stop, it must be followed again at once, for the agent still has to be told.
            await Task.Delay(FollowPause * Math.Min(_breaks, MaxBreaks), time, stopping).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            return null;
        }
    }

    /// <summary>A sandbox looks the same to its callers whether it is dead or was paused while its agent ran.</summary>
    private bool MayBePaused(SandboxException exception) =>
        exception.Failure == SandboxFailure.Gone && _agent.Started;

    /// <summary>
    /// Breaks in a row: a turn of hours may see any number of them, as long as it goes on in between.
    /// </summary>
    private void CountBreak(long began)
    {
        var held = _agent.Offset > _furthest || time.GetElapsedTime(began) > GoodStream;
        _firstBreak = held || _breaks == 0 ? time.GetTimestamp() : _firstBreak;
        _breaks = held ? 1 : _breaks + 1;
        _furthest = Math.Max(_furthest, _agent.Offset);
    }

    private async Task<string> ReadPromptAsync(CancellationToken cancellationToken)
    {
        var stored = await store.FindEventAsync(journal.State!.Id, turn.Message, cancellationToken);
        return stored is not null && EventJson.Read(stored) is UserMessage message
            ? message.Text
            : throw new InvalidDataException($"Message '{turn.Message}' of turn '{turn.Id}' is not in the journal.");
    }

    private TurnFacts Facts(Exception? failure, CancellationToken stop, CancellationToken deadline) => new(
        turn, Cause(stop, deadline), _agent.Exit, _agent.Result, failure, _agent.LastToolFailed, _prompt,
        _sandbox?.Id ?? journal.State!.Sandbox?.SandboxId, _agent.Stdout, _agent.LauncherErrors,
        time.GetUtcNow() - turn.StartedAt, _agent.Warnings, journal.State!.Turn?.Calls?.Failed);

    private static StopCause Cause(CancellationToken stop, CancellationToken deadline) =>
        stop.IsCancellationRequested ? StopCause.Interrupted
        : deadline.IsCancellationRequested ? StopCause.TimedOut
        : StopCause.None;

    private TimeSpan Remaining()
    {
        var left = turn.Deadline - time.GetUtcNow();
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
