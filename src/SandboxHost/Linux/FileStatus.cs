using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Linux;

/// <summary>What the kernel knows of a file. Symbolic links are not followed.</summary>
/// <param name="Mode">Type and permissions, as <c>st_mode</c>.</param>
/// <param name="Seconds">Of the last change, since 1970.</param>
internal readonly record struct FileStatus(
    ushort Mode, uint UserId, uint GroupId, long Size, long Seconds, uint Nanoseconds)
{
    internal const int TypeMask = 0xf000, Folder = 0x4000, Regular = 0x8000, Link = 0xa000;
    private const int StatxSize = 256;
    private const uint BasicStats = 0x7ff;
    private static readonly byte[] Itself = [0];

    internal int Type => Mode & TypeMask;

    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    /// <returns>Null if it cannot be told; the last error says why.</returns>
    internal static FileStatus? Of(SafeFileHandle file) => Read(file, Itself, LibC.AT_EMPTY_PATH);

    /// <returns>Null if there is none; the last error says why.</returns>
    internal static FileStatus? Of(SafeFileHandle folder, RawPath name) =>
        Read(folder, name.ToNative(), LibC.AT_SYMLINK_NOFOLLOW);

    private static FileStatus? Read(SafeFileHandle folder, byte[] name, int flags)
    {
        Span<byte> statx = stackalloc byte[StatxSize];
        if (LibC.statx(folder, name, flags, BasicStats, statx) != 0) return null;
        return new FileStatus(
            BinaryPrimitives.ReadUInt16LittleEndian(statx[28..]),
            MemoryMarshal.Read<uint>(statx[20..]),
            MemoryMarshal.Read<uint>(statx[24..]),
            MemoryMarshal.Read<long>(statx[40..]),
            MemoryMarshal.Read<long>(statx[112..]),
            MemoryMarshal.Read<uint>(statx[120..]));
    }
}
