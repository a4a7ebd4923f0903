using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Linux;

// Calls about files below an open folder.
internal static partial class LibC
{
    internal const int EAGAIN = 11, EBUSY = 16, EINVAL = 22, EMFILE = 24, ENFILE = 23, ERANGE = 34, ENOTEMPTY = 39,
        ENODATA = 61, EOPNOTSUPP = 95;

    internal const int O_EXCL = 0x80;
    internal const int W_OK = 2;
    internal const long UTIME_OMIT = 0x3ffffffe;
    internal const int AT_SYMLINK_NOFOLLOW = 0x100, AT_REMOVEDIR = 0x200;

    /// <summary>The flag differs between x86 and ARM.</summary>
    internal static readonly int O_NOFOLLOW =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    /// <summary>
    /// A path that leads every call to exactly this open file, also if it was opened only as a place
    /// (<see cref="O_PATH"/>).
    /// </summary>
    internal static byte[] PathOf(HeldHandle held) => RawPath.Of($"/proc/self/fd/{held.Value}").ToNative();

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int open(byte[] path, int flags, int mode);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int openat(SafeFileHandle folder, byte[] name, int flags, int mode);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int mkdirat(SafeFileHandle folder, byte[] name, int mode);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int unlinkat(SafeFileHandle folder, byte[] name, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int renameat(SafeFileHandle fromFolder, byte[] from, SafeFileHandle toFolder, byte[] to);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int faccessat(SafeFileHandle folder, byte[] name, int mode, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int symlinkat(byte[] target, SafeFileHandle folder, byte[] name);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint readlinkat(SafeFileHandle folder, byte[] name, Span<byte> target, nint size);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint readlink(byte[] path, Span<byte> target, nint size);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int statx(SafeFileHandle folder, byte[] name, int flags, uint mask, Span<byte> result);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fstatfs(SafeFileHandle file, Span<byte> result);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint getdents64(SafeFileHandle folder, Span<byte> entries, nint size);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial long lseek(SafeFileHandle file, long offset, int whence);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fchmod(SafeFileHandle file, int mode);

    /// <param name="times">Of the last reading and the last change, each as seconds and nanoseconds.</param>
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int futimens(SafeFileHandle file, long[] times);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint llistxattr(byte[] path, Span<byte> names, nint size);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint listxattr(byte[] path, Span<byte> names, nint size);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint getxattr(byte[] path, byte[] name, Span<byte> value, nint size);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fsetxattr(SafeFileHandle file, byte[] name, byte[] value, nint size, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fremovexattr(SafeFileHandle file, byte[] name);

    [LibraryImport("libc")]
    internal static partial uint geteuid();

    [LibraryImport("libc")]
    internal static partial uint getegid();
}
