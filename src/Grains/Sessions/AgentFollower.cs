using System.Text;
using Colloquy.Agents;
using Colloquy.Costs;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>
/// Reads what the agent of a turn writes, from one stream or several after another, stores it as events, and tells the
/// agent to stop when it is time.
/// </summary>
internal sealed class AgentFollower(SessionJournal journal, EventFeed feed, TimeProvider time, RunningTurn turn)
{
    /// <summary>How long the agent's last words are awaited after it was told to stop (killed after 0.7 s).</summary>
    public static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(3);

    /// <summary>How soon it is told again if it goes on: it may not have been running yet.</summary>
    private static readonly TimeSpan StopPause = TimeSpan.FromMilliseconds(500);

    /// <summary>How many appends may be on their way before the output has to wait.</summary>
    private const int MaxPendingAppends = 32;

    private readonly TailBuffer _launcherErrors = new();
    private readonly Queue<Task> _appends = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private TailBuffer _stdout = new();
    private long _furthest = turn.OutputOffset;
    private int _unstored;
    private bool _completed;
    private AgentOutputReader _reader = NewReader(journal, turn);

    /// <summary>A launcher was started: from then on the agent may be running.</summary>
    public bool Started { get; private set; }

    /// <summary>Some output was seen: the agent did run.</summary>
    public bool Ran { get; private set; }

    public bool HasEnded => _reader.Exit is not null;

    public LauncherExit? Exit => _reader.Exit;

    public AgentResult? Result => _reader.Result;

    public long Offset => _reader.Offset;

    public int Warnings => _reader.Warnings;

    /// <summary>The model calls that the output shows.</summary>
    public IReadOnlyList<ShownCall> Shown => [.. _reader.Shown];

    /// <summary>Its tokens of the whole turn; null if it does not tell them, or was not read to its end.</summary>
    public IReadOnlyDictionary<string, TokenUsage>? Usage => HasEnded ? _reader.Usage : null;

    public UsageBaseline? AgentUsage => _reader.Baseline;

    public bool LastToolFailed { get; private set; }

    /// <summary>The end of what it said, readable.</summary>
    public string Stdout => _stdout.ToString();

    public string LauncherErrors => _launcherErrors.ToString();

    /// <summary>What the end of the output makes of things that were still open.</summary>
    public IReadOnlyList<AgentOutputEvent> Complete()
    {
        _completed = true;
        return [.. _reader.Complete().Where(item => _seen.Add(item.SourceKey))];
    }

    /// <summary>
    /// Output is always read from its beginning: what is stored already is skipped, and the reader knows again what it
    /// knew.
    /// </summary>
    public void Rewind()
    {
        _reader = NewReader(journal, turn);
        _stdout = new TailBuffer();
        _seen.Clear();
    }

    /// <returns>The launcher's exit code; 0 if the agent's end was read first.</returns>
    /// <param name="stopping">Tells the agent to stop, and gives it a moment for its last words.</param>
    /// <param name="abandon">Leaves the agent alone.</param>
    /// <exception cref="SandboxException">The sandbox is gone, or the stream broke.</exception>
    public async Task<int?> FollowAsync(
        ISandbox sandbox, ProcessSpec process, CancellationToken stopping, CancellationToken abandon)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(abandon);
        var stop = StopWhenToldAsync(sandbox, patience, stopping);
        int? code = 0;
        try
        {
            await foreach (var happening in sandbox.StartAsync(process, patience.Token))
            {
                Started |= happening is ProcessStarted;
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
    private async Task StopWhenToldAsync(
        ISandbox sandbox, CancellationTokenSource patience, CancellationToken stopping)
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
                await foreach (var happening in sandbox.StartAsync(Launcher.Stop(turn.Id), patience.Token))
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

        _furthest = Math.Max(_furthest, _reader.Offset);
        await StoreAsync(events);
        ShowPreview();
        Ran |= _reader.Offset > 0;
        return _reader.Exit is not null;
    }

    private async Task StoreAsync(IReadOnlyList<AgentOutputEvent> read)
    {
        // An agent that says the same thing twice under the same id has said it once: the journal takes an id only
        // once.
        var events = read.Where(item => _seen.Add(item.SourceKey)).ToList();
        if (events.Count == 0)
        {
            return;
        }

        LastToolFailed = events.LastOrDefault(item => item.Body is AgentToolResult)?.Body is AgentToolResult result
            ? result.IsError
            : LastToolFailed;
        events.ForEach(item => _stdout.Add(Encoding.UTF8.GetBytes(OutputText.Of(item.Body))));
        _appends.Enqueue(AppendAsync(events));
        while (_appends.Count > MaxPendingAppends || (_appends.TryPeek(out var oldest) && oldest.IsCompleted))
        {
            await _appends.Dequeue();
        }
    }

    private async Task AppendAsync(IReadOnlyList<AgentOutputEvent> events)
    {
        _unstored++;
        await journal.CommitAsync(change => SessionMachine.Record(change, turn.Id, events));
        _unstored--;
        ShowPreview();
    }

    /// <summary>
    /// Shows what the agent is writing, behind all that it said before: not until that is stored. Output that is read
    /// again shows nothing before it reaches what is new: its messages may be stored long since.
    /// </summary>
    private void ShowPreview()
    {
        if (_unstored == 0 && _reader.Offset >= _furthest && !_completed)
        {
            feed.Show(_reader.Preview);
        }
    }

    /// <summary>The usage source is fixed when the agent is launched; older servers knew but one.</summary>
    private static AgentOutputReader NewReader(SessionJournal journal, RunningTurn turn) => new(
        journal.State!.Id, turn.Id, journal.State.AgentUsage,
        usageSource: journal.State.Turn?.UsageSource ?? UsageSource.Output);
}
