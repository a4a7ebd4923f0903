using System.ComponentModel;
using System.Runtime.InteropServices;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Files;

/// <summary>
/// Removes a file or a whole folder. Everything happens by name in an open folder, so that nothing that is swapped in
/// meanwhile, be it a link, leads to anything else.
/// </summary>
internal sealed class FolderRemoval(string full, CancellationToken cancellationToken)
{
    // Each level holds a handle. What lies deeper is moved up into the folder that is being removed anyway.
    private const int DeepestLevel = 64;

    /// <exception cref="CageFileException"/>
    internal void Remove(SafeFileHandle parent, RawPath name)
    {
        if (name.Chars == ".") throw CageFiles.Failure(full, LibC.EBUSY);
        if (!TryUnlink(parent, name)) RemoveFolder(parent, name, top: null, level: 0);
    }

    private void RemoveFolder(SafeFileHandle parent, RawPath name, SafeFileHandle? top, int level)
    {
        while (LibC.unlinkat(parent, name.ToNative(), LibC.AT_REMOVEDIR) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error == LibC.ENOENT || (error == LibC.ENOTDIR && TryUnlink(parent, name))) return;
            // Before anything in it is touched: a fixed or read-only place is refused by the kernel here.
            if (error is not (LibC.ENOTEMPTY or LibC.EEXIST or LibC.ENOTDIR)) throw CageFiles.Failure(full, error);
            using var folder = TryOpen(parent, name);
            if (folder is not null) Empty(folder, top ?? folder, level);
        }
    }

    private void Empty(SafeFileHandle folder, SafeFileHandle top, int level)
    {
        foreach (var name in Names(folder))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryUnlink(folder, name)) continue;
            if (level < DeepestLevel) RemoveFolder(folder, name, top, level + 1);
            else MoveUp(folder, name, top);
        }
    }

    private void MoveUp(SafeFileHandle folder, RawPath name, SafeFileHandle top)
    {
        var unused = RawPath.Of($".removed-{Guid.NewGuid():n}");
        if (LibC.renameat(folder, name.ToNative(), top, unused.ToNative()) != 0
            && Marshal.GetLastPInvokeError() is not LibC.ENOENT and var error)
        {
            throw CageFiles.Failure(full, error);
        }
    }

    /// <returns>False if it is a folder.</returns>
    private bool TryUnlink(SafeFileHandle folder, RawPath name)
    {
        if (LibC.unlinkat(folder, name.ToNative(), 0) == 0) return true;
        return Marshal.GetLastPInvokeError() switch
        {
            LibC.ENOENT => true,
            LibC.EISDIR => false,
            var error => throw CageFiles.Failure(full, error),
        };
    }

    /// <returns>Null if it is no folder any more.</returns>
    private SafeFileHandle? TryOpen(SafeFileHandle parent, RawPath name)
    {
        var flags = LibC.O_RDONLY | LibC.O_DIRECTORY | LibC.O_NOFOLLOW | LibC.O_CLOEXEC;
        var fd = LibC.openat(parent, name.ToNative(), flags, 0);
        if (fd >= 0) return new SafeFileHandle(fd, ownsHandle: true);
        return Marshal.GetLastPInvokeError() is LibC.ENOENT or LibC.ENOTDIR or LibC.ELOOP
            ? null
            : throw CageFiles.Failure(full, Marshal.GetLastPInvokeError());
    }

    private IEnumerable<RawPath> Names(SafeFileHandle folder)
    {
        using var names = FolderNames.Read(folder).GetEnumerator();
        while (true)
        {
            try
            {
                if (!names.MoveNext()) yield break;
            }
            catch (Win32Exception failure)
            {
                throw CageFiles.Failure(full, failure.NativeErrorCode);
            }

            yield return names.Current;
        }
    }
}
