using System.ComponentModel;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Linux;

/// <summary>Pipes with a name, which a later server can open again.</summary>
internal static class Fifo
{
    private const int OwnerOnly = 0x180; // 0600

    /// <exception cref="Win32Exception"/>
    internal static void Create(string path)
    {
        if (LibC.mkfifo(path, OwnerOnly) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"Cannot make the pipe {path}");
    }

    /// <summary>A reading end; reads are asynchronous, on epoll. It ends once no writer is left, or if there is none.</summary>
    /// <exception cref="IOException"/>
    internal static AnonymousPipeClientStream OpenReader(string path) => Open(path, LibC.O_RDONLY, PipeDirection.In);

    /// <summary>A writing end.</summary>
    /// <exception cref="IOException">There is none that reads.</exception>
    internal static AnonymousPipeClientStream OpenWriter(string path) => Open(path, LibC.O_WRONLY, PipeDirection.Out);

    private static AnonymousPipeClientStream Open(string path, int flags, PipeDirection direction)
    {
        // Without O_NONBLOCK the open itself would wait for the other side.
        var fd = LibC.open(path, flags | LibC.O_NONBLOCK | LibC.O_CLOEXEC, 0);
        return fd >= 0
            ? new AnonymousPipeClientStream(direction, new SafePipeHandle(fd, ownsHandle: true))
            : throw new IOException($"Cannot open {path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }
}
