using System.Collections.Immutable;

namespace Colloquy.Emulators;

/// <summary>The calls so far, and those who wait for more of them.</summary>
internal sealed class CallLog
{
    private readonly Lock _lock = new();
    private ImmutableList<RecordedCall> _calls = [];
    private TaskCompletionSource _changed = NewSignal();

    public IReadOnlyList<RecordedCall> Calls => _calls;

    public void Add(RecordedCall call) => Change(calls => calls.Add(call));

    public void Clear() => Change(_ => []);

    /// <summary>Waits until the calls are as they should be.</summary>
    public async Task WaitAsync(Func<IReadOnlyList<RecordedCall>, bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                changed = _changed.Task;
            }

            if (condition(_calls))
            {
                return;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private void Change(Func<ImmutableList<RecordedCall>, ImmutableList<RecordedCall>> change)
    {
        lock (_lock)
        {
            _calls = change(_calls);
            _changed.SetResult();
            _changed = NewSignal();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
