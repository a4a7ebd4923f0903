using System.ComponentModel;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Linux;

/// <summary>A pipe between this process and a child that is about to be started.</summary>
internal sealed class Pipe : IDisposable
{
    private const int FirstFreeFd = 10;
    private const int DuplicateCloseOnExec = 1030;
    private int _read = -1;
    private int _write = -1;

    internal unsafe Pipe()
    {
        var fds = stackalloc int[2];
        if (LibC.pipe2(fds, LibC.O_CLOEXEC) != 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        _read = AwayFromTheChildsNumbers(fds[0]);
        _write = AwayFromTheChildsNumbers(fds[1]);
    }

    internal int ReadFd => _read;

    internal int WriteFd => _write;

    /// <summary>Hands over our reading end; reads are asynchronous, on epoll.</summary>
    internal AnonymousPipeClientStream TakeReader() =>
        new(PipeDirection.In, new SafePipeHandle(Take(ref _read), ownsHandle: true));

    /// <summary>Hands over our writing end.</summary>
    internal AnonymousPipeClientStream TakeWriter() =>
        new(PipeDirection.Out, new SafePipeHandle(Take(ref _write), ownsHandle: true));

    /// <summary>Closes the ends that were not taken: those that belong to the child by now.</summary>
    public void Dispose()
    {
        if (Take(ref _read) is >= 0 and var read) _ = LibC.close(read);
        if (Take(ref _write) is >= 0 and var write) _ = LibC.close(write);
    }

    private static int Take(ref int fd) => Interlocked.Exchange(ref fd, -1);

    /// <summary>dup2 in the child must not overwrite a descriptor that is still to be duplicated.</summary>
    internal static int AwayFromTheChildsNumbers(int fd)
    {
        if (fd >= FirstFreeFd) return fd;
        var moved = LibC.fcntl(fd, DuplicateCloseOnExec, FirstFreeFd);
        if (moved < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        _ = LibC.close(fd);
        return moved;
    }
}
