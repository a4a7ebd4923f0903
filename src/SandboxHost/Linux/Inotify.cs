using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Linux;

/// <param name="Watch">What <see cref="Inotify.Add"/> gave.</param>
/// <param name="Cookie">Equal for the two halves of a move.</param>
/// <param name="Name">In the watched folder; empty if it is about the folder itself.</param>
internal readonly record struct InotifyEvent(int Watch, uint Mask, uint Cookie, RawPath Name);

/// <summary>The kernel's reports of what happens in folders.</summary>
internal sealed class Inotify : IDisposable
{
    internal const uint Modify = 0x002, Attributes = 0x004, MovedFrom = 0x040, MovedTo = 0x080, Create = 0x100,
        Delete = 0x200, DeleteSelf = 0x400, MoveSelf = 0x800, Unmounted = 0x2000, Overflow = 0x4000, Ignored = 0x8000,
        OnlyFolder = 0x1000000, IsFolder = 0x40000000;

    private const int HeaderSize = 16, BufferSize = 16 * 1024;
    private readonly SafeFileHandle _handle;
    private readonly byte[] _buffer = new byte[BufferSize];

    /// <exception cref="Win32Exception">The user has too many already.</exception>
    internal Inotify()
    {
        var fd = LibC.inotify_init1(LibC.O_CLOEXEC | LibC.O_NONBLOCK);
        if (fd < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        _handle = new SafeFileHandle(fd, ownsHandle: true);
    }

    /// <exception cref="Win32Exception"/>
    internal int Add(SafeFileHandle folder, uint mask)
    {
        using var held = new HeldHandle(folder);
        var watch = LibC.inotify_add_watch(_handle, LibC.PathOf(held), mask);
        return watch >= 0 ? watch : throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    /// <summary>If it is gone already, that is fine.</summary>
    internal void Remove(int watch) => _ = LibC.inotify_rm_watch(_handle, watch);

    /// <returns>What there is now; nothing if everything has been read.</returns>
    /// <exception cref="Win32Exception"/>
    internal List<InotifyEvent> Read()
    {
        var length = LibC.read(_handle, _buffer, BufferSize);
        if (length < 0 && Marshal.GetLastPInvokeError() is not (LibC.EAGAIN or LibC.EINTR))
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        var events = new List<InotifyEvent>();
        for (var at = 0; at < length;)
        {
            var header = _buffer.AsSpan(at, HeaderSize);
            var nameLength = MemoryMarshal.Read<int>(header[12..]);
            var name = _buffer.AsSpan(at + HeaderSize, nameLength).TrimEnd((byte)0);
            events.Add(new(
                MemoryMarshal.Read<int>(header),
                MemoryMarshal.Read<uint>(header[4..]),
                MemoryMarshal.Read<uint>(header[8..]),
                RawPath.Of(name)));
            at += HeaderSize + nameLength;
        }

        return events;
    }

    internal Task WaitAsync(CancellationToken cancellationToken) => Readiness.WaitAsync(_handle, cancellationToken);

    public void Dispose() => _handle.Dispose();
}
