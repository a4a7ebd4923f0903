using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Linux;

// Calls that tell when something happens.
internal static partial class LibC
{
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int inotify_init1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int inotify_add_watch(SafeFileHandle inotify, byte[] path, uint mask);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int inotify_rm_watch(SafeFileHandle inotify, int watch);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint read(SafeFileHandle file, Span<byte> buffer, nint size);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int epoll_ctl(int epoll, int operation, SafeFileHandle file, Span<byte> interest);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int epoll_wait(int epoll, Span<byte> happened, int most, int timeoutMilliseconds);
}
