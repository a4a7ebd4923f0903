using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Linux;

/// <summary>Descriptors of ours that a child may get.</summary>
internal static class Descriptor
{
    private const int FirstFree = 32;
    private const int DuplicateCloseOnExec = 1030, SetFlags = 2, CloseOnExec = 1;

    /// <exception cref="Win32Exception"/>
    internal static SafeFileHandle Open(string path, int flags)
    {
        var fd = LibC.open(path, flags | LibC.O_CLOEXEC, mode: 0x180 /* 0600 */);
        return fd >= 0
            ? new SafeFileHandle(AwayFromTheChildsNumbers(fd), ownsHandle: true)
            : throw new Win32Exception(Marshal.GetLastPInvokeError(), $"Cannot open {path}");
    }

    /// <summary>Moves it up: dup2 in the child must not overwrite a descriptor that is still to be duplicated.</summary>
    internal static int AwayFromTheChildsNumbers(int fd)
    {
        if (fd >= FirstFree) return fd;
        var moved = LibC.fcntl(fd, DuplicateCloseOnExec, FirstFree);
        if (moved < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        _ = LibC.close(fd);
        return moved;
    }

    /// <summary>What whoever started this process has left open in it is nothing for its children.</summary>
    internal static void KeepInherited()
    {
        const int LastStandard = 2;
        foreach (var name in Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(Path.GetFileName))
        {
            if (int.TryParse(name, CultureInfo.InvariantCulture, out var fd) && fd > LastStandard)
                _ = LibC.fcntl(fd, SetFlags, CloseOnExec);
        }
    }

    internal static int Number(this SafeFileHandle handle) => (int)handle.DangerousGetHandle();
}
