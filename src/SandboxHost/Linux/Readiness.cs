using System.Collections.Concurrent;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Linux;

/// <summary>
/// Waits for handles that .NET cannot read asynchronously, such as those of inotify. One thread waits for all.
/// </summary>
internal static class Readiness
{
    private const int Add = 1, Delete = 2, CloseOnExec = 0x80000, MostAtOnce = 64;
    private const uint Readable = 0x001, Once = 1u << 30;

    // The kernel's struct has no gap between events and data on x86, and one everywhere else.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture is Architecture.X64 ? 4 : 8;
    private static readonly ConcurrentDictionary<long, TaskCompletionSource> Waiting = new();
    private static readonly int Epoll = Start();
    private static long _lastId;

    /// <summary>Completes when there is something to read, or to fail on.</summary>
    internal static async Task WaitAsync(SafeFileHandle file, CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref _lastId);
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Waiting[id] = ready;
        try
        {
            if (Control(Add, file, id) != 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
            await ready.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            Waiting.TryRemove(id, out _);
            if (!file.IsClosed) _ = Control(Delete, file, id);
        }
    }

    private static int Control(int operation, SafeFileHandle file, long id)
    {
        Span<byte> interest = stackalloc byte[DataOffset + sizeof(long)];
        MemoryMarshal.Write(interest, Readable | Once);
        MemoryMarshal.Write(interest[DataOffset..], id);
        return LibC.epoll_ctl(Epoll, operation, file, interest);
    }

    private static int Start()
    {
        var epoll = LibC.epoll_create1(CloseOnExec);
        if (epoll < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        new Thread(() => Run(epoll)) { IsBackground = true, Name = "readiness" }.Start();
        return epoll;
    }

    private static void Run(int epoll)
    {
        var size = DataOffset + sizeof(long);
        var happened = new byte[MostAtOnce * size];
        while (true)
        {
            var count = LibC.epoll_wait(epoll, happened, MostAtOnce, Timeout.Infinite);
            for (var i = 0; i < count; i++)
            {
                var id = MemoryMarshal.Read<long>(happened.AsSpan((i * size) + DataOffset));
                if (Waiting.TryGetValue(id, out var ready)) ready.TrySetResult();
            }
        }
    }
}
