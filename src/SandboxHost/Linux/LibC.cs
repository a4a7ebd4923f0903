using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Linux;

/// <summary>The calls of the C library and the kernel that .NET has no method for.</summary>
internal static partial class LibC
{
    internal const int ENOENT = 2, EINTR = 4, ENXIO = 6, EACCES = 13, EEXIST = 17, EXDEV = 18, ENOTDIR = 20,
        EISDIR = 21, ENOSPC = 28, EROFS = 30, EPERM = 1, ENAMETOOLONG = 36, ELOOP = 40, EDQUOT = 122;

    internal const int O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0x40, O_NOCTTY = 0x100, O_TRUNC = 0x200, O_APPEND = 0x400,
        O_NONBLOCK = 0x800, O_CLOEXEC = 0x80000, O_PATH = 0x200000;

    internal const int SIGKILL = 9;
    internal const int SIGUSR1 = 10;
    internal const int SIGTERM = 15;
    internal const int SIGCONT = 18;
    internal const int AT_EMPTY_PATH = 0x1000;

    // These numbers are the same on every architecture that .NET runs on.
    private const long SysPidfdSendSignal = 424, SysPidfdOpen = 434, SysOpenat2 = 437, SysPidfdGetfd = 438;

    /// <summary>The flag differs between x86 and ARM.</summary>
    internal static readonly int O_DIRECTORY =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x4000 : 0x10000;

    /// <summary>For scripts that call the kernel by number.</summary>
    internal static readonly int SysPrCtl = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 157,
        Architecture.Arm or Architecture.S390x => 172,
        Architecture.Ppc64le => 171,
        _ => 167,
    };

    /// <inheritdoc cref="SysPrCtl"/>
    internal static readonly int SysSetNs = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 308,
        Architecture.Arm => 375,
        Architecture.S390x => 339,
        Architecture.Ppc64le => 350,
        _ => 268,
    };

    internal static int PidfdOpen(int pid) => (int)syscall(SysPidfdOpen, pid, 0, 0, 0);

    internal static int PidfdSendSignal(SafeFileHandle pidfd, int signal)
    {
        using var held = new HeldHandle(pidfd);
        return (int)syscall(SysPidfdSendSignal, held.Value, signal, 0, 0);
    }

    /// <summary>Duplicates a descriptor of another process, which must be one that we may trace.</summary>
    internal static int PidfdGetFd(SafeFileHandle pidfd, int fd)
    {
        using var held = new HeldHandle(pidfd);
        return (int)syscall(SysPidfdGetfd, held.Value, fd, 0, 0);
    }

    internal static unsafe int OpenAt2(SafeFileHandle root, byte[] path, int flags, int mode, ulong resolve)
    {
        var how = new OpenHow { Flags = (ulong)flags, Mode = (ulong)mode, Resolve = resolve };
        using var held = new HeldHandle(root);
        fixed (byte* name = path) return (int)syscall(SysOpenat2, held.Value, (nint)name, (nint)(&how), sizeof(OpenHow));
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags, Mode, Resolve;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct PollFd
    {
        public int Fd;
        public short Events, Revents;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, nint a, nint b, nint c, nint d);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int poll(ref PollFd fds, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", SetLastError = true)]
    internal static unsafe partial int pipe2(int* fds, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int fcntl(int fd, int command, int argument);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int close(int fd);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int waitpid(int pid, out int status, int options);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int open(string path, int flags, int mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mkfifo(string path, int mode);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial int posix_spawn(
        out int pid, string path, byte* fileActions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc")]
    internal static unsafe partial int posix_spawn_file_actions_init(byte* actions);

    [LibraryImport("libc")]
    internal static unsafe partial int posix_spawn_file_actions_adddup2(byte* actions, int from, int to);

    [LibraryImport("libc")]
    internal static unsafe partial int posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport("libc")]
    internal static unsafe partial int posix_spawnattr_init(byte* attributes);

    [LibraryImport("libc")]
    internal static unsafe partial int posix_spawnattr_setflags(byte* attributes, short flags);

    [LibraryImport("libc")]
    internal static unsafe partial int posix_spawnattr_setsigmask(byte* attributes, byte* set);

    [LibraryImport("libc")]
    internal static unsafe partial int posix_spawnattr_setsigdefault(byte* attributes, byte* set);

    [LibraryImport("libc")]
    internal static unsafe partial int posix_spawnattr_destroy(byte* attributes);

    [LibraryImport("libc")]
    internal static unsafe partial int sigemptyset(byte* set);

    [LibraryImport("libc")]
    internal static unsafe partial int sigfillset(byte* set);
}
