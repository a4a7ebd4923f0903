using System.Collections.Concurrent;

namespace Colloquy.SandboxHost.Isolation;

/// <summary>
/// The one thread that starts bubblewrap. The kernel delivers <c>--die-with-parent</c> when the <em>thread</em> that
/// started a process ends, so a sandbox started by a pool thread would die whenever that thread retires.
/// </summary>
internal sealed class SpawnThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    internal SpawnThread()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "sandbox spawner" };
        _thread.Start();
    }

    internal Task<T> InvokeAsync<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                done.SetResult(work());
            }
#pragma warning disable CA1031 // it belongs to the caller, and this thread must live on
            catch (Exception failure)
#pragma warning restore CA1031
            {
                done.SetException(failure);
            }
        });
        return done.Task;
    }

    /// <summary>Ends the thread, and with it every sandbox that still runs.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Run()
    {
        foreach (var work in _work.GetConsumingEnumerable()) work();
    }
}
