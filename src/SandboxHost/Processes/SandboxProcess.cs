using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Processes;

/// <summary>A command in a sandbox, from its start until nobody can ask for its exit any more.</summary>
internal sealed class SandboxProcess(ProcessHandle handle, TimeProvider time)
{
    private const int LargestChunk = 32 * 1024;
    private static readonly TimeSpan RestOfKilledOutput = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private Subscription[] _subscriptions = [];
    private ExitStatus? _ended;
    private bool _abandoned;
    private volatile bool _signalled;

    internal int Pid => handle.Pid;

    internal ProcessSpec Spec => handle.Spec;

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

    internal void Signal(int signal)
    {
        // Its descendants may hold its output open; after a signal from a caller, nobody waits for them.
        _signalled = true;
        handle.Signal(signal);
    }

    /// <summary>Ends once the process can read all of it without waiting for more room.</summary>
    /// <exception cref="InputClosedException">It takes none, or ended before it did.</exception>
    internal async Task WriteInputAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, handle.Over);
        try
        {
            await handle.Input.WriteAsync(bytes, stop.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new InputClosedException("the process ended before it took its input");
        }
    }

    internal void CloseInput() => handle.Input.Close();

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

    /// <summary>Lets go of it for another server to follow; it runs on.</summary>
    internal void Detach()
    {
        Abandon();
        handle.Dispose();
    }

    /// <summary>Forwards output until the process has ended and its output too, or it is detached.</summary>
    /// <param name="sandboxIsAlive">Asked when the process may have been killed with its sandbox.</param>
    internal async Task PumpAsync(Func<Task<bool>> sandboxIsAlive)
    {
        using var _ = handle;
        var drained = Task.WhenAll(
            ForwardAsync(handle.Output, isError: false), ForwardAsync(handle.Error, isError: true));
        if (await handle.Exited is not { } status) return;
        if (_signalled) await Task.WhenAny(drained, Task.Delay(RestOfKilledOutput, time));
        else await drained;
        if (status.Signal == LibC.SIGKILL && !_signalled && !await sandboxIsAlive()) Abandon();
        else await EndAsync(status);
    }

    /// <summary>Kills it at its deadline, whoever is still there.</summary>
    internal async Task KillAtDeadlineAsync()
    {
        if (Spec.Deadline is not { } deadline) return;
        // Rounded up, because timers round down.
        var left = Math.Ceiling(Math.Max(0, (deadline - time.GetUtcNow()).TotalMilliseconds));
        try
        {
            await handle.Exited.WaitAsync(TimeSpan.FromMilliseconds(left), time);
        }
        catch (TimeoutException)
        {
            Signal(LibC.SIGKILL);
        }
    }

    /// <summary>Removes what is kept of it on the host.</summary>
    internal void Forget() => handle.Folder.Delete();

    private async Task ForwardAsync(Stream stream, bool isError)
    {
        var buffer = new byte[LargestChunk];
        try
        {
            while (await stream.ReadAsync(buffer, handle.Released) is > 0 and var length)
            {
                // With no subscriber the output is discarded: the process must not stall on a reader that left.
                var subscriptions = _subscriptions;
                if (subscriptions.Length == 0) continue;
                var chunk = new ProcessOutput.Data(buffer.AsSpan(0, length).ToArray(), isError);
                foreach (var subscription in subscriptions) await subscription.WriteAsync(chunk);
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The process was killed and what it started holds on to its output; or it is detached.
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
