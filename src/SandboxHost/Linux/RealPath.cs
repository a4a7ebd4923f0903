using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Linux;

/// <summary>Paths as the kernel names them: without links on the way.</summary>
internal static class RealPath
{
    /// <exception cref="Win32Exception">There is nothing there.</exception>
    internal static string Of(string path)
    {
        var fd = LibC.open(path, LibC.O_PATH | LibC.O_CLOEXEC, 0);
        if (fd < 0) throw new Win32Exception(Marshal.GetLastPInvokeError(), $"Cannot open {path}");
        using var handle = new SafeFileHandle(fd, ownsHandle: true);
        return new FileInfo($"/proc/self/fd/{fd}").LinkTarget!;
    }
}
