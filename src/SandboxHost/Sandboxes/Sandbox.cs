using System.Diagnostics.CodeAnalysis;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Network;
using Colloquy.SandboxHost.Processes;

namespace Colloquy.SandboxHost.Sandboxes;

internal enum SandboxState
{
    Running,
    Pausing,
    Paused,
    Killing,
    Gone,
}

/// <summary>
/// A sandbox from its creation to its end, running and paused by turns. It changes its state in Sandbox.Changes.cs, one
/// change at a time; what it says about itself meanwhile is what was so before the change.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "KillAsync and LeaveAsync are its ends.")]
internal sealed partial class Sandbox
{
    /// <summary>How long it may run before it must be paused once.</summary>
    internal static readonly TimeSpan LongestRun = TimeSpan.FromHours(24);

    private readonly SandboxServices _services;
    private readonly SandboxFolder _folder;
    private readonly SandboxTokens _tokens;
    private readonly SemaphoreSlim _change = new(1);
    private readonly ITimer _expiry;
    private Cell? _frozen;
    private volatile SandboxRecord _record;
    private volatile Run? _run;
    private volatile SandboxState _state;

    private Sandbox(SandboxFolder folder, SandboxTokens tokens, SandboxRecord record, SandboxServices services)
    {
        _folder = folder;
        _services = services;
        _record = record;
        _tokens = tokens;
        _state = SandboxState.Paused;
        _expiry = services.Time.CreateTimer(_ => _ = ExpireAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal string Id => _folder.SandboxId;

    internal string AccessToken => _tokens.Access;

    /// <summary>What callers of ports inside must show; null if anybody may call.</summary>
    internal string? TrafficToken => Request.IsPublic ? null : _tokens.Traffic;

    internal SandboxRequest Request => _record.Request;

    internal IReadOnlyDictionary<string, string> Metadata => Request.Metadata;

    internal SandboxState State => _state;

    internal bool IsRunning => _state == SandboxState.Running;

    /// <summary>False once somebody has asked for its end.</summary>
    internal bool Exists => _state is SandboxState.Running or SandboxState.Pausing or SandboxState.Paused;

    /// <summary>What it may use.</summary>
    internal SandboxLimits Limits => Request.Limits ?? _services.Limits;

    internal DateTimeOffset StartedAt => _record.StartedAt;

    internal DateTimeOffset EndAt => _record.EndAt;

    /// <exception cref="SandboxGoneException">It does not run.</exception>
    internal ICage Cage => Current.Cell.Cage;

    /// <exception cref="SandboxGoneException">It does not run.</exception>
    internal ProcessList Processes => Current.Processes;

    /// <summary>Its share of the machine; null while it does not run, and without isolation.</summary>
    internal SandboxResources? Resources => _run?.Cell.Resources;

    /// <exception cref="SandboxGoneException">It does not run.</exception>
    internal SandboxNetwork Network => Current.Cell.Network;

    /// <summary>What every command gets beyond what all sandboxes have and what its own request named.</summary>
    /// <exception cref="SandboxGoneException">It does not run.</exception>
    internal IReadOnlyDictionary<string, string> Environment => Current.Cell.Environment;

    private Run Current => IsRunning && _run is { } run ? run : throw new SandboxGoneException();

    /// <summary>Makes one of a cell that is ready. Its slot is taken already.</summary>
    /// <exception cref="IOException">It cannot be recorded; the cell is still the caller's.</exception>
    internal static Sandbox Create(
        SandboxFolder folder, Cell cell, SandboxTokens tokens, SandboxRequest request, SandboxServices services)
    {
        var now = services.Time.GetUtcNow();
        var record = new SandboxRecord(RecordedState.Running, request, now, now + request.Timeout, cell.Cage.Init);
        record.Write(folder);
        var sandbox = new Sandbox(folder, tokens, record, services);
        sandbox.Run(cell);
        sandbox.StartBackground(cell);
        return sandbox;
    }

    /// <summary>Takes over one of an earlier server.</summary>
    /// <param name="cell">Null if it is paused and nothing runs.</param>
    internal static Sandbox Adopt(
        SandboxFolder folder, Cell? cell, SandboxTokens tokens, SandboxRecord record, SandboxServices services)
    {
        var sandbox = new Sandbox(folder, tokens, record, services);
        if (record.State == RecordedState.Paused) sandbox._frozen = cell;
        if (sandbox._frozen is not null || cell is null) return sandbox;
        services.Slots.TakeAnyway();
        sandbox.Run(cell);
        return sandbox;
    }

    /// <summary>Makes it end this long from now, be that sooner or later than before.</summary>
    /// <exception cref="SandboxNotFoundException">It is paused, or gone.</exception>
    /// <exception cref="SandboxConflictException">It is about to be something else.</exception>
    internal async Task SetTimeoutAsync(TimeSpan timeout)
    {
        using var change = await BeginWhileRunningAsync();
        EndAfter(timeout);
    }

    /// <summary>Makes it live at least this long from now.</summary>
    /// <exception cref="SandboxNotFoundException">It is paused, or gone.</exception>
    /// <exception cref="SandboxConflictException">It is about to be something else.</exception>
    internal async Task RefreshAsync(TimeSpan timeout)
    {
        using var change = await BeginWhileRunningAsync();
        Extend(timeout);
    }

    private void Extend(TimeSpan timeout)
    {
        if (Now + timeout > EndAt) EndAfter(timeout);
    }

    private void EndAfter(TimeSpan timeout)
    {
        var (now, longest) = (Now, StartedAt + LongestRun);
        if (now >= longest) throw new SandboxRunTooLongException();
        Store(_record with { EndAt = now + timeout < longest ? now + timeout : longest });
        KeepTime();
    }

    private DateTimeOffset Now => _services.Time.GetUtcNow();

    private void Store(SandboxRecord record)
    {
        record.Write(_folder);
        _record = record;
    }

    private void KeepTime()
    {
        var remaining = EndAt - Now;
        Deadline.Write(_folder.Deadline, remaining + _services.OrphanGrace);
        _expiry.Change(remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    // Its record says already that it runs.
    private void Run(Cell cell)
    {
        var run = Sandboxes.Run.Of(cell, Request, _services.Time);
        _run = run;
        _state = SandboxState.Running;
        KeepTime();
        if (cell is { Resources: { } resources, Cage.Init: { } init })
        {
            resources.Watch(
                init.Pid, _services.Time,
                reason => _ = KillOverLimitAsync(run, reason), failure => _services.Log.NotMeasured(Id, failure));
        }

        _ = WatchAsync(run);
    }
}
