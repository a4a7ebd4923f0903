using System.Diagnostics;
using Colloquy.Costs;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;
using Colloquy.Uploads;

namespace Colloquy.Grains.Sessions;

/// <summary>
/// The turns run as one background task of the activation, never inside a grain call: a turn of hours must not hold a
/// call, and the silo must be able to stop at once.
/// </summary>
public sealed partial class SessionGrain
{
    private static readonly TimeSpan KeepAlivePeriod = TimeSpan.FromMinutes(1);

    private Task _turns = Task.CompletedTask;
    private readonly CancellationTokenSource _abandon = new();
    private CancellationTokenSource _interrupt = new();
    private CancellationTokenSource _settle = new();
    private Task _settling = Task.CompletedTask;

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        AbandonTurn();
        _feed.Signal();
        // An append that is on its way would fence whoever activates next.
        await Task.WhenAll(_turns, _settling, _journal.Idle).WaitAsync(cancellationToken).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (_journal.IsBroken || _journal.State is { Unsettled: true })
        {
            _rescuer.Add(_id);
        }
    }

    /// <summary>Sees to it that the running turn is being worked on, and stops it if that was asked for.</summary>
    private void RunTurns()
    {
        if (_journal.State?.Turn is null)
        {
            return;
        }

        if (_turns.IsCompleted)
        {
            _settle.Cancel();
            _turns = RunTurnsAsync();
        }

        if (_journal.State.Turn.InterruptRequested)
        {
            _interrupt.Cancel();
        }
    }

    private async Task RunTurnsAsync()
    {
        using var keepAlive = this.RegisterGrainTimer(
            static _ => Task.CompletedTask,
            new GrainTimerCreationOptions(KeepAlivePeriod, KeepAlivePeriod) { KeepAlive = true });
        // The caller's answer must not wait for the first steps of the turn.
        await Task.Yield();
        while (_journal.State?.Turn is { } turn && !_abandon.IsCancellationRequested)
        {
            await RunTurnAsync(turn);
        }

        if (!_abandon.IsCancellationRequested)
        {
            _settling = SettleAsync(_settling);
        }
    }

    /// <summary>
    /// What is to be done for the sandbox after a turn. Nobody waits for it: neither the user for the turn's end, nor
    /// the next turn, which cancels it.
    /// </summary>
    private async Task SettleAsync(Task before)
    {
        _settle.Dispose();
        _settle = CancellationTokenSource.CreateLinkedTokenSource(_abandon.Token);
        var nextTurn = _settle.Token;
        await before;
        try
        {
            await Task.Delay(_settleDelay, _time, nextTurn);
            await _sandboxes.RestAsync();
            if (_sandboxes.Current is { } sandbox &&
                await _checkpoints.TakeAsync(sandbox, nextTurn) == CheckpointOutcome.BecameTooLarge)
            {
                LogWorkspaceTooLarge(_id);
            }
        }
        catch (OperationCanceledException) when (nextTurn.IsCancellationRequested)
        {
            // It is done after that turn.
        }
        catch (OutcomeUnknownException)
        {
            // The activation is dropped, which was logged.
        }
        catch (Exception exception)
        {
            LogNotSettled(_id, exception);
        }
    }

    private async Task RunTurnAsync(RunningTurn turn)
    {
        using var activity = Telemetry.StartTurn(_id, turn, _journal.State!.Agent);
        _interrupt.Dispose();
        _interrupt = new CancellationTokenSource();
        if (turn.InterruptRequested)
        {
            await _interrupt.CancelAsync();
        }

        try
        {
            var runner = new TurnRunner(_journal, _feed, _store, _sandboxes, PrepareAsync, _time, turn);
            var end = await runner.RunAsync(_interrupt.Token, _abandon.Token);
            await _journal.CommitAsync(change => SessionMachine.FinishTurn(change, turn.Id, end, isLast: _ending));
            Report(turn, end, activity);
        }
        catch (Exception exception) when (exception is OutcomeUnknownException || _abandon.IsCancellationRequested)
        {
            // Another activation goes on with it: the rescuer was told, or tells at the next start.
            LogTurnLetGo(_id, turn.Id, exception.Message);
            await _abandon.CancelAsync();
        }
        catch (Exception exception)
        {
            // Not even the runner could judge it: without this the session would stay "running" for ever.
            LogTurnCrashed(_id, turn.Id, exception);
            await FailAsync(turn, exception, activity);
        }
    }

    private async Task FailAsync(RunningTurn turn, Exception exception, Activity? activity)
    {
        var facts = new TurnFacts(
            turn, StopCause.None, null, null, exception, false, null, _journal.State!.Sandbox?.SandboxId, "", "",
            _time.GetUtcNow() - turn.StartedAt, 0);
        var end = TurnVerdict.Judge(facts);
        try
        {
            await _journal.CommitAsync(change => SessionMachine.FinishTurn(change, turn.Id, end, isLast: _ending));
            Report(turn, end, activity);
        }
        catch (Exception second)
        {
            // Nothing more can be done with what this activation knows: a new one reads again and tries again.
            LogTurnLetGo(_id, turn.Id, second.Message);
            await _abandon.CancelAsync();
            DeactivateOnIdle();
        }
    }

    private void Report(RunningTurn turn, TurnEnd end, Activity? activity)
    {
        Telemetry.EndTurn(activity, end, _time.GetUtcNow() - turn.StartedAt);
        Telemetry.SandboxesLost.Add(end.SandboxGone ? 1 : 0);
        if (end.Error is { } error)
        {
            LogTurnFailed(_id, turn.Id, error.Category, error.Code, error.Message);
        }
    }

    private void AbandonTurn() => _abandon.Cancel();

    public void Dispose()
    {
        _abandon.Dispose();
        _interrupt.Dispose();
        _settle.Dispose();
    }

    /// <summary>
    /// Hints for those who keep sums and send traces; the rows they read were stored with the change.
    /// </summary>
    private void NotifyReaders(SessionChange change)
    {
        if (change.Ledger.Count > 0)
        {
            GrainFactory.GetGrain<ICostAggregatorGrain>(CostKey.For(change.Now).GrainKey).NotifyAsync().Ignore();
        }

        if (change.Uploads.Count > 0)
        {
            GrainFactory.GetGrain<IUploadQueueGrain>(0).NotifyAsync().Ignore();
        }
    }
}
