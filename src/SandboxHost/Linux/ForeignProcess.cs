using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Linux;

/// <summary>A process that is not our child, so that no signal tells of its end: one of an earlier server.</summary>
#pragma warning disable CA1001 // its end disposes of it
internal sealed class ForeignProcess
#pragma warning restore CA1001
{
    // The kernel's time and not the server's: a clock that a test holds still must not hide a process's end.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private readonly SafeFileHandle _handle;
    private readonly CancellationTokenSource _left = new();

    private ForeignProcess(SafeFileHandle handle) => _handle = handle;

    private bool HasEnded
    {
        get
        {
            using var held = new HeldHandle(_handle);
            var poll = new LibC.PollFd { Fd = (int)held.Value, Events = 1 };
            return LibC.poll(ref poll, 1, 0) switch
            {
                > 0 => true,
                0 => false,
                _ when Marshal.GetLastPInvokeError() == LibC.EINTR => false,
                _ => throw new Win32Exception(Marshal.GetLastPInvokeError()),
            };
        }
    }

    /// <returns>Null if it has ended.</returns>
    internal static ForeignProcess? Find(ProcessIdentity identity)
    {
        var handle = ProcessTable.Open(identity.Pid);
        // The handle is taken first: if the identity fits now, it fits what the handle is on.
        if (handle is not null && identity.IsRunning) return new ForeignProcess(handle);
        handle?.Dispose();
        return null;
    }

    /// <summary>Does nothing if it has ended.</summary>
    internal void Kill()
    {
        try
        {
            _ = LibC.PidfdSendSignal(_handle, LibC.SIGKILL);
        }
        catch (ObjectDisposedException)
        {
            // It has ended.
        }
    }

    /// <summary>Waits for its end, after which nothing more can be done with it.</summary>
    /// <exception cref="OperationCanceledException">It was left first.</exception>
    internal async Task WaitAsync()
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (!HasEnded) await timer.WaitForNextTickAsync(_left.Token);
        }
        finally
        {
            _handle.Dispose();
        }
    }

    /// <summary>Waits for it no longer.</summary>
    internal void Leave() => _left.Cancel();
}
