using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Colloquy.SandboxHost.Linux;

/// <summary>Waits for the children that <see cref="Child"/> starts, all on one signal and without a thread each.</summary>
internal static class ChildReaper
{
    private const int NoHang = 1;
    private static readonly ConcurrentDictionary<int, TaskCompletionSource<ExitStatus>> Running = new();
    private static readonly PosixSignalRegistration Registration =
        PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => ReapAll());

    /// <summary>Must be called before the first child starts: a signal that nobody hears is lost.</summary>
    internal static void Listen() => GC.KeepAlive(Registration);

    internal static Task<ExitStatus> Watch(int pid)
    {
        var exited = new TaskCompletionSource<ExitStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        Running[pid] = exited;
        // Its signal may have come before it was in the table.
        TryReap(pid, exited);
        return exited.Task;
    }

    private static void ReapAll()
    {
        // Signals coalesce, so one may stand for many children.
        foreach (var (pid, exited) in Running) TryReap(pid, exited);
    }

    private static void TryReap(int pid, TaskCompletionSource<ExitStatus> exited)
    {
        // Two threads may be here for the same child, and once one has reaped it, the pid may be another's.
        lock (exited)
        {
            if (exited.Task.IsCompleted || LibC.waitpid(pid, out var status, NoHang) != pid) return;
            Running.TryRemove(KeyValuePair.Create(pid, exited));
            exited.SetResult(ExitStatus.FromWait(status));
        }
    }
}
