using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Colloquy.SandboxHost.Linux;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Isolation;

/// <summary>
/// Opens files of a sandbox from outside. The kernel resolves each path below a given root, with the sandbox's own
/// mounts: a symbolic link or <c>..</c> that points out of it stays inside, whoever swaps it in whichever moment.
/// </summary>
/// <param name="root">The sandbox's root folder.</param>
/// <param name="home">Where relative paths start.</param>
/// <param name="scope">Paths below it are paths below the root; others do not exist. Null if root is root.</param>
internal sealed class CageFiles(SafeFileHandle root, string home, string? scope = null)
{
    private const ulong ResolveBeneath = 0x08, ResolveInRoot = 0x10, ResolveNoMagicLinks = 0x02;
    private const int FileMode = 0x1b6, FolderMode = 0x1ed; // 0666 and 0755
    private const long ProcFs = 0x9fa0;

    /// <summary>Without isolation there are no mounts to stay inside of, so links that leave are refused.</summary>
    private readonly ulong _resolve = ResolveNoMagicLinks | (scope is null ? ResolveInRoot : ResolveBeneath);

    /// <exception cref="CageFileException"/>
    internal FileStream OpenRead(string path) =>
        new(OpenRegular(path, LibC.O_RDONLY), FileAccess.Read, bufferSize: 0);

    /// <summary>Creates it and its parent folders, or empties it.</summary>
    /// <returns>The file, and its absolute path as the sandbox knows it.</returns>
    /// <exception cref="CageFileException"/>
    internal (FileStream File, string FullPath) OpenWrite(string path)
    {
        const int Flags = LibC.O_WRONLY | LibC.O_CREAT | LibC.O_TRUNC;
        var full = SandboxPath.Normalize(path, home);
        SafeFileHandle handle;
        try
        {
            handle = OpenRegular(full, Flags);
        }
        catch (CageFileException missing) when (missing.HttpStatus == 404)
        {
            MakeFolder(Path.GetDirectoryName(full)!);
            handle = OpenRegular(full, Flags);
        }

        return (new FileStream(handle, FileAccess.Write, bufferSize: 0), full);
    }

    private SafeFileHandle OpenRegular(string path, int flags)
    {
        var full = SandboxPath.Normalize(path, home);
        // Not blocking: opening a named pipe would wait for whoever is to open its other end.
        var handle = Open(full, flags | LibC.O_NONBLOCK | LibC.O_NOCTTY, (flags & LibC.O_CREAT) != 0 ? FileMode : 0);
        if (IsRegular(handle)) return handle;
        handle.Dispose();
        throw new CageFileException(400, $"'{path}' is not a regular file.");
    }

    private void MakeFolder(string full)
    {
        if (full is "/" || full == scope) return;
        try
        {
            OpenFolder(full).Dispose();
            return;
        }
        catch (CageFileException missing) when (missing.HttpStatus == 404)
        {
            MakeFolder(Path.GetDirectoryName(full)!);
        }

        using var parent = OpenFolder(Path.GetDirectoryName(full)!);
        if (LibC.mkdirat(parent, Path.GetFileName(full), FolderMode) != 0
            && Marshal.GetLastPInvokeError() is not LibC.EEXIST and var error)
        {
            throw Failure(full, error);
        }
    }

    private SafeFileHandle OpenFolder(string full) => Open(full, LibC.O_PATH | LibC.O_DIRECTORY, 0);

    private SafeFileHandle Open(string full, int flags, int mode)
    {
        try
        {
            var fd = LibC.OpenAt2(root, BelowRoot(full), flags | LibC.O_CLOEXEC, mode, _resolve);
            return fd >= 0
                ? new SafeFileHandle(fd, ownsHandle: true)
                : throw Failure(full, Marshal.GetLastPInvokeError());
        }
        catch (ObjectDisposedException)
        {
            throw new SandboxGoneException();
        }
    }

    private string BelowRoot(string full)
    {
        if (scope is null) return full;
        if (full == scope) return ".";
        return full.StartsWith(scope + "/", StringComparison.Ordinal)
            ? full[(scope.Length + 1)..]
            : throw new CageFileException(400, $"'{full}' is outside {scope}; without isolation only that is served.");
    }

    // Devices could have effects on the host, and so could files in /proc, where the server has more rights than
    // what runs in the sandbox.
    private static unsafe bool IsRegular(SafeFileHandle handle)
    {
        const int StatxSize = 256, ModeOffset = 28, TypeMask = 0xf000, Regular = 0x8000;
        const uint TypeWanted = 1;
        var result = stackalloc byte[StatxSize];
        if (LibC.statx(handle, "", LibC.AT_EMPTY_PATH, TypeWanted, result) != 0) return false;
        var mode = BinaryPrimitives.ReadUInt16LittleEndian(new ReadOnlySpan<byte>(result + ModeOffset, 2));
        if ((mode & TypeMask) != Regular) return false;
        return LibC.fstatfs(handle, result) == 0 && *(long*)result != ProcFs;
    }

    private static CageFileException Failure(string path, int error) => error switch
    {
        LibC.ENOENT => new(404, $"'{path}' does not exist."),
        LibC.EISDIR => new(400, $"'{path}' is a directory."),
        LibC.ENOTDIR => new(400, $"'{path}' has a parent that is not a directory."),
        LibC.EXDEV or LibC.ELOOP => new(400, $"'{path}' leads out of the sandbox or around in circles."),
        LibC.ENAMETOOLONG => new(400, $"'{path}' is too long."),
        LibC.EROFS => new(400, $"'{path}' is on a read-only part of the sandbox."),
        LibC.EACCES or LibC.EPERM => new(400, $"'{path}' may not be opened: permission denied."),
        LibC.ENXIO => new(400, $"'{path}' is not a regular file."),
        LibC.ENOSPC or LibC.EDQUOT => new(507, $"No space is left for '{path}'."),
        _ => new(500, $"'{path}' cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}."),
    };
}
