using System.ComponentModel;
using System.Runtime.InteropServices;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Files;

/// <summary>
/// Copies files, links and whole folders with their modes, times and metadata. As in <see cref="FolderRemoval"/>,
/// everything happens by name in open folders.
/// </summary>
internal sealed class FolderCopy(string full, CancellationToken cancellationToken)
{
    private const int DeepestLevel = 256, ChunkSize = 256 * 1024, LongestLink = 4096, OwnerOnly = 0x1c0; // 0700

    /// <exception cref="CageFileException">A part of it may be there.</exception>
    internal void Copy(SafeFileHandle fromFolder, RawPath from, SafeFileHandle toFolder, RawPath to, int level = 0)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (FileStatus.Of(fromFolder, from) is not { } status) throw Failure();
        switch (status.Type)
        {
            case FileStatus.Link:
                CopyLink(fromFolder, from, toFolder, to);
                break;
            case FileStatus.Regular:
                CopyFile(fromFolder, from, toFolder, to, status);
                break;
            case FileStatus.Folder when level < DeepestLevel:
                CopyFolder(fromFolder, from, toFolder, to, status, level);
                break;
            case FileStatus.Folder:
                throw Unfit($"it has more than {DeepestLevel} levels");
            default:
                throw Unfit($"'{from}' is neither file, folder nor link");
        }
    }

    private void CopyLink(SafeFileHandle fromFolder, RawPath from, SafeFileHandle toFolder, RawPath to)
    {
        Span<byte> target = stackalloc byte[LongestLink];
        var length = LibC.readlinkat(fromFolder, from.ToNative(), target, target.Length);
        if (length < 0) throw Failure();
        Check(LibC.symlinkat(RawPath.Of(target[..(int)length]).ToNative(), toFolder, to.ToNative()));
    }

    private void CopyFile(
        SafeFileHandle fromFolder, RawPath from, SafeFileHandle toFolder, RawPath to, FileStatus status)
    {
        using var source = Open(fromFolder, from, LibC.O_RDONLY | LibC.O_NONBLOCK);
        if (FileStatus.Of(source) is not { Type: FileStatus.Regular }) throw Unfit($"'{from}' has become something else");
        using var target = Open(toFolder, to, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL);
        try
        {
            CopyBytes(source, target);
        }
        catch (IOException failure)
        {
            throw CageFiles.Failure(full, failure.HResult);
        }

        CopyTraits(source, target, status);
    }

    private void CopyBytes(SafeFileHandle source, SafeFileHandle target)
    {
        var buffer = new byte[ChunkSize];
        for (var at = 0L; RandomAccess.Read(source, buffer, at) is > 0 and var read; at += read)
        {
            cancellationToken.ThrowIfCancellationRequested();
            RandomAccess.Write(target, buffer.AsSpan(0, read), at);
        }
    }

    private void CopyFolder(
        SafeFileHandle fromFolder, RawPath from, SafeFileHandle toFolder, RawPath to, FileStatus status, int level)
    {
        using var source = Open(fromFolder, from, LibC.O_RDONLY | LibC.O_DIRECTORY);
        Check(LibC.mkdirat(toFolder, to.ToNative(), OwnerOnly));
        using var target = Open(toFolder, to, LibC.O_RDONLY | LibC.O_DIRECTORY);
        foreach (var name in NamesIn(source)) Copy(source, name, target, name, level + 1);
        CopyTraits(source, target, status);
    }

    private void CopyTraits(SafeFileHandle source, SafeFileHandle target, FileStatus status)
    {
        using (var held = new HeldHandle(source))
        {
            var metadata = FileMetadata.Read(LibC.PathOf(held), follow: true);
            if (metadata.Count > 0) FileMetadata.Write(target, full, metadata);
        }

        Check(LibC.fchmod(target, status.Mode & ~FileStatus.TypeMask));
        Check(LibC.futimens(target, [0, LibC.UTIME_OMIT, status.Seconds, status.Nanoseconds]));
    }

    private SafeFileHandle Open(SafeFileHandle folder, RawPath name, int flags)
    {
        var fd = LibC.openat(folder, name.ToNative(), flags | LibC.O_NOFOLLOW | LibC.O_CLOEXEC, OwnerOnly);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw Failure();
    }

    private List<RawPath> NamesIn(SafeFileHandle folder)
    {
        try
        {
            return [.. FolderNames.Read(folder)];
        }
        catch (Win32Exception failure)
        {
            throw CageFiles.Failure(full, failure.NativeErrorCode);
        }
    }

    private void Check(int result)
    {
        if (result != 0) throw Failure();
    }

    private CageFileException Failure() => CageFiles.Failure(full, Marshal.GetLastPInvokeError());

    private CageFileException Unfit(string why) =>
        new(FileFault.Unfit, $"'{full}' cannot be moved between two parts of the sandbox: {why}.");
}
