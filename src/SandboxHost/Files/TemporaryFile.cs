using System.Runtime.InteropServices;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Files;

/// <summary>A new file beside the one that it will replace as a whole, or not at all.</summary>
internal sealed class TemporaryFile : IDisposable
{
    private const int FileMode = 0x1b6; // 0666
    private readonly SafeFileHandle _folder;
    private readonly RawPath _name;
    private readonly RawPath _temporary = RawPath.Of($".compose-{Guid.NewGuid():n}");
    private readonly string _full;
    private bool _replaced;

    /// <exception cref="CageFileException"/>
    internal TemporaryFile(CageFiles files, string full)
    {
        _full = full;
        (_folder, _name) = files.OpenParent(full);
        var flags = LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL | LibC.O_NOFOLLOW | LibC.O_CLOEXEC;
        var fd = LibC.openat(_folder, _temporary.ToNative(), flags, FileMode);
        if (fd < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            _folder.Dispose();
            throw CageFiles.Failure(full, error);
        }

        Stream = new FileStream(new SafeFileHandle(fd, ownsHandle: true), FileAccess.Write, bufferSize: 0);
    }

    internal FileStream Stream { get; }

    /// <summary>Gives it its name. A file that has this name already is replaced; its mode is kept.</summary>
    /// <exception cref="CageFileException"/>
    internal void Replace()
    {
        if (FileStatus.Of(_folder, _name) is { Type: FileStatus.Regular } old)
            _ = LibC.fchmod(Stream.SafeFileHandle, old.Mode & ~FileStatus.TypeMask);
        if (LibC.renameat(_folder, _temporary.ToNative(), _folder, _name.ToNative()) != 0)
            throw CageFiles.Failure(_full, Marshal.GetLastPInvokeError());
        _replaced = true;
    }

    public void Dispose()
    {
        Stream.Dispose();
        if (!_replaced) _ = LibC.unlinkat(_folder, _temporary.ToNative(), 0);
        _folder.Dispose();
    }
}
