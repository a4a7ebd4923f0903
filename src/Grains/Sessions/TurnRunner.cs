using System.Text;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>
/// Runs one turn: opens the sandbox, starts the agent or finds it again, stores its output as events until it ends.
/// Lives on the activation's scheduler. Stopping has two forms: an agent that is to end (interrupt, deadline) is told
/// so and read to its last line; an activation that is to end just lets go and leaves the agent alone.
/// </summary>
internal sealed class TurnRunner(
    SessionJournal journal, ISessionStore store, SandboxKeeper sandboxes, IAgent agent, TimeProvider time, RunningTurn turn)
{
    /// <summary>How long the agent's last words are awaited after it was told to stop (killed after 0.7 s).</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(3);

    /// <summary>How soon it is told again if it goes on: it may not have been running yet.</summary>
    private static readonly TimeSpan StopPause = TimeSpan.FromMilliseconds(500);

    /// <summary>How many appends may be on their way before the output has to wait.</summary>
    private const int MaxPendingAppends = 32;

    /// <summary>How many breaks in a row of the output's stream are too many; pauses grow with them.</summary>
    private const int MaxBreaks = 6;

    /// <summary>A stream that held this long was a good one, though the agent may have been silent.</summary>
    private static readonly TimeSpan GoodStream = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FollowPause = TimeSpan.FromMilliseconds(250);

    private TailBuffer _stdout = new();
    private readonly TailBuffer _launcherErrors = new();
    private readonly Queue<Task> _appends = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private AgentOutputReader _reader = NewReader(journal, turn);
    private ISandbox? _sandbox;
    private string? _prompt;
    private bool _lastToolFailed;
    private bool _agentRan;
    private int _breaks;
    private long _furthest;

    /// <param name="stop">Cancelled by an interrupt.</param>
    /// <param name="abandon">Cancelled when the activation ends; nothing is stored from then on.</param>
    /// <exception cref="OperationCanceledException">Abandoned.</exception>
    /// <exception cref="OutcomeUnknownException">The store failed: the turn goes on in another activation.</exception>
    public async Task<TurnEnd> RunAsync(CancellationToken stop, CancellationToken abandon)
    {
        using var deadline = new CancellationTokenSource(Remaining(), time);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stop, deadline.Token, abandon);
        Exception? failure = null;
        try
        {
            await RunToEndAsync(stopping.Token, abandon);
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

        abandon.ThrowIfCancellationRequested();
        var rest = _reader.Complete().Where(item => _seen.Add(item.SourceKey)).ToList();
        return TurnVerdict.Judge(Facts(failure, stop, deadline.Token)) with { Rest = rest, AgentRan = _agentRan };
    }

    private async Task RunToEndAsync(CancellationToken stopping, CancellationToken abandon)
    {
        _prompt = await ReadPromptAsync(abandon);
        if (turn.Launched)
        {
            await TakeUpAsync(stopping, abandon);
            return;
        }

        _sandbox = await OpenAsync(stopping);
        try
        {
            await LaunchAsync(null, stopping, abandon);
        }
        catch (SandboxException exception) when (exception.Failure == SandboxFailure.Gone && _reader.Offset == 0)
        {
            // It died while nobody looked, before the agent ran. Once; a sandbox that dies at once again is an error.
            await ReplaceAsync(stopping);
            await LaunchAsync(null, stopping, abandon);
        }
    }

    /// <summary>After a restart: the agent was started, or was about to be, in the sandbox that the session holds.</summary>
    private async Task TakeUpAsync(CancellationToken stopping, CancellationToken abandon)
    {
        // It may be time to stop already. The agent does not know that: it must be reached to be told.
        using var reach = CancellationTokenSource.CreateLinkedTokenSource(abandon);
        await using (stopping.Register(() => reach.CancelAfter(StopPatience)))
        {
            _sandbox = await sandboxes.ReopenAsync(turn.Deadline, reach.Token) ?? throw new SandboxException(
                SandboxFailure.Gone,
                "The sandbox was gone when the server came back, and the running agent with it. Send the message " +
                "again; the conversation continues in a new sandbox.");
        }

        await LaunchAsync(Launcher.Follow(turn.Id, 0), stopping, abandon);
    }

    private async Task<ISandbox> OpenAsync(CancellationToken stopping)
    {
        var had = journal.State!.Sandbox?.SandboxId;
        var sandbox = await sandboxes.ReopenAsync(turn.Deadline, stopping);
        if (sandbox is null && had is not null)
        {
            await LoseAsync();
        }

        return sandbox ?? await sandboxes.CreateAsync(turn.Deadline, stopping);
    }

    private async Task ReplaceAsync(CancellationToken stopping)
    {
        await LoseAsync();
        Rewind();
        _sandbox = await sandboxes.CreateAsync(turn.Deadline, stopping);
    }

    private Task LoseAsync()
    {
        sandboxes.Forget();
        return journal.CommitAsync(change => SessionMachine.LoseSandbox(
            change, turn.Id,
            "The session's sandbox was gone. The conversation was taken over into a new one; files in the old one are lost."));
    }

    /// <summary>Starts the agent, unless <paramref name="follow"/> finds it started, and reads it to its end.</summary>
    private async Task LaunchAsync(ProcessSpec? follow, CancellationToken stopping, CancellationToken abandon)
    {
        var process = follow ?? await PrepareAsync(stopping);
        while (_reader.Exit is null)
        {
            var code = await TryFollowAsync(process, stopping, abandon);
            if (_reader.Exit is not null || code is not (null or Launcher.AlreadyStarted or Launcher.NotStarted))
            {
                return;
            }

            // The launcher never starts an agent twice, so whatever was unclear is asked of it.
            process = code is Launcher.NotStarted ? await PrepareAsync(stopping) : Launcher.Follow(turn.Id, 0);
            Rewind();
        }
    }

    private async Task<ProcessSpec> PrepareAsync(CancellationToken stopping)
    {
        var through = journal.State!.Sandbox!.HistoryThrough;
        var history = await new History(store).ReadAsync(journal.State.Id, through, turn.FirstSequence, stopping);
        var work = new AgentTurn(
            journal.State.Id, turn.Id, _prompt!, turn.Number, TraceIds.TraceParent(turn.Trace));
        var plan = Launcher.Plan(work, agent.Prepare(work), history);
        // The upload has no effect of its own, so it may overlap the append of the intent; the start may not.
        await Task.WhenAll(
            plan.Files.Count > 0 ? _sandbox!.WriteAsync(plan.Files, stopping) : Task.CompletedTask,
            journal.CommitAsync(change => SessionMachine.Launch(change, turn.Id)));
        return plan.Run;
    }

    /// <returns>The launcher's exit code; null if the stream broke and is worth taking up again.</returns>
    private async Task<int?> TryFollowAsync(
        ProcessSpec process, CancellationToken stopping, CancellationToken abandon)
    {
        var began = time.GetTimestamp();
        try
        {
            return await FollowAsync(process, stopping, abandon);
        }
        catch (SandboxException exception) when (exception.Failure == SandboxFailure.Unavailable)
        {
            if (CountBreak(began) >= MaxBreaks)
            {
                throw;
            }

            // Told to stop, it must be followed again at once, for the agent still has to be told.
            await Task.Delay(FollowPause * _breaks, time, stopping).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            return null;
        }
    }

    /// <summary>Breaks in a row: a turn of hours may see any number of them, as long as it goes on in between.</summary>
    private int CountBreak(long began)
    {
        _breaks = _reader.Offset > _furthest || time.GetElapsedTime(began) > GoodStream ? 1 : _breaks + 1;
        _furthest = Math.Max(_furthest, _reader.Offset);
        return _breaks;
    }

    /// <summary>Output is always read from its beginning: what is stored already is skipped, and the reader knows again
    /// what it knew.</summary>
    private void Rewind()
    {
        _reader = NewReader(journal, turn);
        _stdout = new TailBuffer();
        _seen.Clear();
    }

    /// <returns>The launcher's exit code; 0 if the agent's end was read first.</returns>
    private async Task<int?> FollowAsync(ProcessSpec process, CancellationToken stopping, CancellationToken abandon)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(abandon);
        var stop = StopWhenToldAsync(patience, stopping);
        int? code = 0;
        try
        {
            await foreach (var happening in _sandbox!.StartAsync(process, patience.Token))
            {
                code = (happening as ProcessEnded)?.ExitCode ?? code;
                if (happening is ProcessOutput output && await TakeAsync(output))
                {
                    break;
                }
            }
        }
        finally
        {
            await patience.CancelAsync();
            await stop;
        }

        await Task.WhenAll(_appends);
        return code;
    }

    /// <summary>Tells the agent to stop when it is time, and gives its output a moment to end.</summary>
    private async Task StopWhenToldAsync(CancellationTokenSource patience, CancellationToken stopping)
    {
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, patience.Token);
            await Task.Delay(Timeout.InfiniteTimeSpan, time, either.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return;
        }
        catch (OperationCanceledException)
        {
            patience.CancelAfter(StopPatience);
        }

        try
        {
            while (!patience.IsCancellationRequested)
            {
                await foreach (var happening in _sandbox!.StartAsync(Launcher.Stop(turn.Id), patience.Token))
                {
                    _launcherErrors.Add(happening is ProcessOutput { IsError: true } said ? said.Bytes.Span : []);
                }

                await Task.Delay(StopPause, time, patience.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The output has ended, or its end was awaited long enough.
        }
        catch (SandboxException exception)
        {
            // The sandbox is gone, and the agent with it, or cannot be reached.
            _launcherErrors.Add(Encoding.UTF8.GetBytes(exception.Message));
        }
    }

    /// <returns>True when the agent's end has been read.</returns>
    private async Task<bool> TakeAsync(ProcessOutput output)
    {
        if (output.IsError)
        {
            _launcherErrors.Add(output.Bytes.Span);
            return false;
        }

        var warnings = _reader.Warnings;
        var events = _reader.Push(output.Bytes.Span);
        if (_reader.Warnings > warnings)
        {
            // Not the agent's protocol, so most likely the reason why it failed: shown as it came.
            _stdout.Add(output.Bytes.Span);
        }

        await StoreAsync(events);
        _agentRan |= _reader.Offset > 0;
        return _reader.Exit is not null;
    }

    private async Task StoreAsync(IReadOnlyList<AgentOutputEvent> read)
    {
        // An agent that says the same thing twice under the same id has said it once: the journal takes an id only once.
        var events = read.Where(item => _seen.Add(item.SourceKey)).ToList();
        if (events.Count == 0)
        {
            return;
        }

        _lastToolFailed = events.LastOrDefault(item => item.Body is AgentToolResult)?.Body is AgentToolResult result
            ? result.IsError
            : _lastToolFailed;
        events.ForEach(item => _stdout.Add(Encoding.UTF8.GetBytes(OutputText.Of(item.Body))));
        _appends.Enqueue(journal.CommitAsync(change => SessionMachine.Record(change, turn.Id, events)));
        while (_appends.Count > MaxPendingAppends || (_appends.TryPeek(out var oldest) && oldest.IsCompleted))
        {
            await _appends.Dequeue();
        }
    }

    private async Task<string> ReadPromptAsync(CancellationToken cancellationToken)
    {
        var stored = await store.FindEventAsync(journal.State!.Id, turn.Message, cancellationToken);
        return stored is not null && EventJson.Read(stored) is UserMessage message
            ? message.Text
            : throw new InvalidDataException($"Message '{turn.Message}' of turn '{turn.Id}' is not in the journal.");
    }

    private TurnFacts Facts(Exception? failure, CancellationToken stop, CancellationToken deadline) => new(
        turn, Cause(stop, deadline), _reader.Exit, _reader.Result, failure, _lastToolFailed, _prompt,
        _sandbox?.Id ?? journal.State!.Sandbox?.SandboxId, _stdout.ToString(), _launcherErrors.ToString(),
        time.GetUtcNow() - turn.StartedAt, _reader.Warnings);

    private static StopCause Cause(CancellationToken stop, CancellationToken deadline) =>
        stop.IsCancellationRequested ? StopCause.Interrupted
        : deadline.IsCancellationRequested ? StopCause.TimedOut
        : StopCause.None;

    private TimeSpan Remaining()
    {
        var left = turn.Deadline - time.GetUtcNow();
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private static AgentOutputReader NewReader(SessionJournal journal, RunningTurn turn) =>
        new(journal.State!.Id, turn.Id);
}
