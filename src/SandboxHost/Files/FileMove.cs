using System.Runtime.InteropServices;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Files;

/// <summary>
/// Gives something another name. A sandbox is made of several mounts, between which the kernel does not rename; there
/// it is copied under another name first, so that the new name has all of it or none.
/// </summary>
internal sealed class FileMove(CageFiles files, string source, string destination, CancellationToken cancellationToken)
{
    private static readonly byte[] Itself = RawPath.Of(".").ToNative();

    /// <exception cref="CageFileException"/>
    internal void Run()
    {
        var (fromFolder, fromName) = files.OpenParent(source);
        using (fromFolder)
        {
            var (toFolder, toName) = files.OpenParent(destination);
            using (toFolder)
            {
                if (TryRename(fromFolder, fromName, toFolder, toName)) return;
                CopyOver(fromFolder, fromName, toFolder, toName);
            }

            new FolderRemoval(source, cancellationToken).Remove(fromFolder, fromName);
        }
    }

    private bool TryRename(SafeFileHandle fromFolder, RawPath from, SafeFileHandle toFolder, RawPath to)
    {
        if (LibC.renameat(fromFolder, from.ToNative(), toFolder, to.ToNative()) == 0) return true;
        var error = Marshal.GetLastPInvokeError();
        return error == LibC.EXDEV ? false : throw CageFiles.Failure(source, error);
    }

    private void CopyOver(SafeFileHandle fromFolder, RawPath from, SafeFileHandle toFolder, RawPath to)
    {
        // What could not be removed afterwards is not copied.
        if (LibC.faccessat(fromFolder, Itself, LibC.W_OK, 0) != 0)
            throw CageFiles.Failure(source, Marshal.GetLastPInvokeError());
        var temporary = RawPath.Of($".move-{Guid.NewGuid():n}");
        try
        {
            new FolderCopy(source, cancellationToken).Copy(fromFolder, from, toFolder, temporary);
            if (LibC.renameat(toFolder, temporary.ToNative(), toFolder, to.ToNative()) != 0)
                throw CageFiles.Failure(destination, Marshal.GetLastPInvokeError());
        }
        catch
        {
            new FolderRemoval(destination, CancellationToken.None).Remove(toFolder, temporary);
            throw;
        }
    }
}
