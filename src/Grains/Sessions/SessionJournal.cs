using Colloquy.Grains.Costs;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>
/// The one way in which an activation changes its session. At most one append is in flight; commands that arrive
/// meanwhile share the next. What was refused, fenced or of unknown outcome leaves memory as it was stored.
/// Runs on the activation's scheduler only, hence without locks.
/// </summary>
internal sealed class SessionJournal(
    ISessionStore store, PriceBook prices, TimeProvider time, SessionId session, string owner)
{
    private List<Command> _waiting = [];
    private Task _flushing = Task.CompletedTask;
    private SessionState? _initial;
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>Told of every change once it is durable.</summary>
    public required Action<SessionChange> Stored { get; init; }

    /// <summary>Told once, when memory can no longer be trusted.</summary>
    public required Action<Exception> Broken { get; init; }

    /// <summary>Completes when no append is on its way.</summary>
    public Task Idle => _flushing;

    /// <summary>Completes with the next change that is stored, or when none will be. Take it before looking.</summary>
    public Task Changed => _changed.Task;

    /// <summary>The store did not confirm something: memory may be behind what is stored.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>The state as it is stored, but for notes; null before the session is created.</summary>
    public SessionState? State { get; private set; }

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        var row = await store.FindAsync(session, cancellationToken);
        State = row is null ? null : SessionStateJson.Read(row);
    }

    /// <summary>Creates the row. The only change that needs no earlier state.</summary>
    public async Task CreateAsync(SessionState initial)
    {
        // Not the state yet: what is not stored must not be seen, and calls that only read come in between.
        _initial = initial;
        await CommitAsync(_ => true);
    }

    /// <summary>Applies a command and completes when it is durable.</summary>
    /// <exception cref="OutcomeUnknownException">
    /// The store did not confirm; this activation must be dropped.
    /// </exception>
    public Task CommitAsync(Action<SessionChange> command) => CommitAsync(change =>
    {
        command(change);
        return true;
    });

    /// <inheritdoc cref="CommitAsync(Action{SessionChange})"/>
    public async Task<T> CommitAsync<T>(Func<SessionChange, T> command)
    {
        T result = default!;
        await ApplyAsync(new Command(change => result = command(change)));
        return result;
    }

    /// <summary>
    /// As <see cref="CommitAsync(Action{SessionChange})"/>, for what is not worth an append: a command that makes no
    /// event is only remembered, and stored with the next change. A crash may forget it.
    /// </summary>
    /// <inheritdoc cref="CommitAsync(Action{SessionChange})"/>
    public Task NoteAsync(Action<SessionChange> command) => ApplyAsync(new Command(command, CanWait: true));

    private Task ApplyAsync(Command command)
    {
        if (IsBroken)
        {
            throw new OutcomeUnknownException(session.Value);
        }

        _waiting.Add(command);
        if (_flushing.IsCompleted)
        {
            _flushing = FlushAsync();
        }

        return command.Done.Task;
    }

    private async Task FlushAsync()
    {
        while (_waiting.Count > 0)
        {
            var commands = _waiting;
            _waiting = [];
            try
            {
                await AppendAsync(commands);
            }
            catch (Exception exception)
            {
                // Whatever it was, what is stored is now unknown: nothing may build on this memory any more.
                IsBroken = true;
                Signal();
                commands.AddRange(_waiting);
                _waiting = [];
                Broken(exception);
                commands.ForEach(command => command.Done.TrySetException(Unknown(exception)));
            }
        }
    }

    private async Task AppendAsync(List<Command> commands)
    {
        var state = State ?? _initial!;
        var change = new SessionChange(state, time.GetUtcNow().Truncated(), prices);
        var accepted = commands.FindAll(command => command.TryApply(change));
        if (change.Events.Count == 0 && accepted.TrueForAll(command => command.CanWait))
        {
            State = accepted.Count > 0 ? change.State : State;
            accepted.ForEach(command => command.Done.TrySetResult());
            return;
        }

        var next = change.State with { Revision = state.Revision + 1, UpdatedAt = change.Now };
        var append = new SessionAppend(
            SessionStateJson.ToRow(next, owner), change.Events, change.Ledger, change.Uploads);
        var outcomes = await store.AppendAsync([append], CancellationToken.None);
        if (outcomes[0] == AppendOutcome.Fenced)
        {
            throw new InvalidOperationException($"Another activation of session '{session}' wrote first.");
        }

        State = next;
        Stored(change);
        Signal();
        accepted.ForEach(command => command.Done.TrySetResult());
    }

    private void Signal()
    {
        var changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private OutcomeUnknownException Unknown(Exception cause) =>
        cause as OutcomeUnknownException ?? new OutcomeUnknownException(session.Value, cause);

    /// <param name="CanWait">If it makes no event.</param>
    private sealed record Command(Action<SessionChange> Apply, bool CanWait = false)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>A refused command fails alone and leaves the shared change as it was.</summary>
        public bool TryApply(SessionChange change)
        {
            var mark = change.Save();
            try
            {
                Apply(change);
                return true;
            }
            catch (Exception exception)
            {
                change.Restore(mark);
                Done.TrySetException(exception);
                return false;
            }
        }
    }
}
