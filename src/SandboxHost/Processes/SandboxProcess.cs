using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Processes;

/// <summary>A command in a sandbox, from its start until nobody can ask for its exit any more.</summary>
internal sealed class SandboxProcess : IDisposable
{
    private const int LargestChunk = 32 * 1024;
    private static readonly TimeSpan RestOfKilledOutput = TimeSpan.FromMilliseconds(250);

    private readonly Entrance _entrance;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopReading = new();
    private Subscription[] _subscriptions = [];
    private ExitStatus? _ended;
    private bool _abandoned;
    private volatile bool _signalled;

    internal SandboxProcess(Entrance entrance, ProcessSpec spec, TimeProvider time) =>
        (_entrance, Spec, _time) = (entrance, spec, time);

    internal int Pid => _entrance.Pid;

    internal ProcessSpec Spec { get; }

    /// <summary>Its main process is gone; some of its output may still be on the way.</summary>
    internal Task Ended => _entrance.Exited;

    internal bool IsRunning
    {
        get
        {
            lock (_lock) return _ended is null && !_abandoned;
        }
    }

    /// <summary>Output from now on; of a process that has ended, only the end.</summary>
    internal Subscription Subscribe()
    {
        var subscription = new Subscription(Remove);
        lock (_lock)
        {
            if (_abandoned) subscription.Complete(new SandboxGoneException());
            else if (_ended is { } status) Finish(subscription, status);
            else _subscriptions = [.. _subscriptions, subscription];
        }

        return subscription;
    }

    /// <summary>Its descendants may hold its output open; after a signal from a caller, nobody waits for them.</summary>
    internal void ExpectDeath() => _signalled = true;

    /// <summary>The sandbox is ending: no end of this process will be reported.</summary>
    internal void Abandon()
    {
        Subscription[] subscriptions;
        lock (_lock)
        {
            if (_abandoned) return;
            _abandoned = true;
            subscriptions = Clear();
        }

        foreach (var subscription in subscriptions) subscription.Complete(new SandboxGoneException());
    }

    /// <summary>Forwards output until the process has ended and its output too.</summary>
    /// <param name="sandboxIsAlive">Asked when the process may have been killed with its sandbox.</param>
    internal async Task PumpAsync(Func<Task<bool>> sandboxIsAlive)
    {
        var drained = Task.WhenAll(
            ForwardAsync(_entrance.Output, isError: false), ForwardAsync(_entrance.Error, isError: true));
        var status = await _entrance.Exited;
        if (_signalled) await Task.WhenAny(drained, Task.Delay(RestOfKilledOutput, _time));
        else await drained;
        await _stopReading.CancelAsync();
        _entrance.Dispose();
        if (status.Signal == LibC.SIGKILL && !_signalled && !await sandboxIsAlive()) Abandon();
        else await EndAsync(status);
    }

    public void Dispose() => _stopReading.Dispose();

    private async Task ForwardAsync(Stream stream, bool isError)
    {
        var buffer = new byte[LargestChunk];
        try
        {
            while (await stream.ReadAsync(buffer, _stopReading.Token) is > 0 and var length)
            {
                // With no subscriber the output is discarded: the process must not stall on a reader that left.
                var subscriptions = _subscriptions;
                if (subscriptions.Length == 0) continue;
                var chunk = new ProcessOutput.Data(buffer.AsSpan(0, length).ToArray(), isError);
                foreach (var subscription in subscriptions) await subscription.WriteAsync(chunk);
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or IOException)
        {
            // The process was killed and what it started holds on to its output.
        }
    }

    private async Task EndAsync(ExitStatus status)
    {
        Subscription[] subscriptions;
        lock (_lock)
        {
            if (_abandoned) return;
            _ended = status;
            subscriptions = Clear();
        }

        await Task.WhenAll(subscriptions.Select(async subscription =>
        {
            await subscription.WriteAsync(new ProcessOutput.End(status));
            subscription.Complete();
        }));
    }

    private static void Finish(Subscription subscription, ExitStatus status)
    {
        var written = subscription.WriteAsync(new ProcessOutput.End(status));
        System.Diagnostics.Debug.Assert(written.IsCompleted, "a new subscription has room");
        subscription.Complete();
    }

    private Subscription[] Clear()
    {
        var all = _subscriptions;
        _subscriptions = [];
        return all;
    }

    private void Remove(Subscription subscription)
    {
        lock (_lock) _subscriptions = [.. _subscriptions.Where(other => other != subscription)];
    }
}
