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
    private const ulong NoMagicLinks = 0x02, NoLinks = 0x04, Beneath = 0x08, InRoot = 0x10;
    private const int FileMode = 0x1b6, FolderMode = 0x1ed; // 0666 and 0755
    private const long ProcFs = 0x9fa0;
    private const int LongestPath = 4096, MostAttempts = 1000;

    /// <summary>Without isolation there are no mounts to stay inside of, so links that leave are refused.</summary>
    private readonly ulong _resolve = NoMagicLinks | (scope is null ? InRoot : Beneath);

    /// <summary>Whether there is a root of its own, with its own users and mounts.</summary>
    internal bool IsIsolated => scope is null;

    /// <summary>The absolute path that a caller means.</summary>
    /// <exception cref="CageFileException"/>
    internal string FullPath(string path) => SandboxPath.Normalize(path, home);

    /// <exception cref="CageFileException"/>
    internal FileStream OpenRead(string path)
    {
        var full = FullPath(path);
        using var place = OpenPlace(RawPath.Of(full));
        return new(Reopen(place, full, LibC.O_RDONLY), FileAccess.Read, bufferSize: 0);
    }

    /// <summary>Creates it and its parent folders, if they are missing. What is in it stays in it.</summary>
    /// <returns>The file, and its absolute path as the sandbox knows it.</returns>
    /// <exception cref="CageFileException"/>
    internal (FileStream File, string FullPath) OpenWrite(string path)
    {
        var full = FullPath(path);
        return (new FileStream(OpenOrCreate(full), FileAccess.Write, bufferSize: 0), full);
    }

    /// <summary>Opens a folder so that it can be listed; links are followed.</summary>
    /// <exception cref="CageFileException"/>
    internal SafeFileHandle OpenFolder(string full) => OpenFolder(RawPath.Of(full));

    /// <inheritdoc cref="OpenFolder(string)"/>
    internal SafeFileHandle OpenFolder(RawPath full) => Open(full, LibC.O_RDONLY | LibC.O_DIRECTORY, 0);

    /// <summary>Opens a folder below one that is open. Links are not followed.</summary>
    /// <exception cref="CageFileException"/>
    internal static SafeFileHandle OpenFolderBelow(SafeFileHandle folder, RawPath path) =>
        Open(folder, path, path, LibC.O_RDONLY | LibC.O_DIRECTORY, 0, NoLinks | Beneath);

    /// <summary>Finds what is there, whatever it is, without opening it; links are followed.</summary>
    /// <exception cref="CageFileException"/>
    internal SafeFileHandle OpenPlace(RawPath full) => Open(full, LibC.O_PATH, 0);

    /// <summary>Finds the folder that something is in, and the name that it has there, itself not followed.</summary>
    /// <exception cref="CageFileException"/>
    internal (SafeFileHandle Folder, RawPath Name) OpenParent(string full) => full == "/" || full == scope
        ? (OpenFolder(full), new RawPath("."))
        : (OpenFolder(Path.GetDirectoryName(full)!), RawPath.Of(Path.GetFileName(full)));

    /// <summary>Makes the folder and those that it is in, as far as they are missing.</summary>
    /// <exception cref="CageFileException"/>
    internal void MakeFolders(string full)
    {
        try
        {
            OpenFolder(full).Dispose();
        }
        catch (CageFileException missing) when (missing.Fault == FileFault.Missing)
        {
            if (full is "/" || full == scope) throw;
            MakeFolders(Path.GetDirectoryName(full)!);
            TryMakeFolder(full);
        }
    }

    /// <returns>False if there is something by this name.</returns>
    /// <exception cref="CageFileException"/>
    internal bool TryMakeFolder(string full)
    {
        var (parent, name) = OpenParent(full);
        using (parent)
        {
            if (LibC.mkdirat(parent, name.ToNative(), FolderMode) == 0) return true;
            var error = Marshal.GetLastPInvokeError();
            return error == LibC.EEXIST ? false : throw Failure(full, error);
        }
    }

    /// <summary>The path without links, as the sandbox knows it, of something found by <see cref="OpenPlace"/>.</summary>
    /// <exception cref="CageFileException">It has been moved out of the home since, where there is no isolation.</exception>
    internal RawPath RealPath(SafeFileHandle place)
    {
        var path = Target(place);
        if (scope is null) return path;
        var top = Target(root).Chars;
        return path.Chars.StartsWith(top, StringComparison.Ordinal)
            ? new(RawPath.Of(scope).Chars + path.Chars[top.Length..])
            : throw Failure(path.ToString(), LibC.EXDEV);
    }

    /// <summary>What an error of the kernel means for the caller.</summary>
    internal static CageFileException Failure(string path, int error) => error switch
    {
        LibC.ENOENT => new(FileFault.Missing, $"'{path}' does not exist."),
        LibC.EEXIST => new(FileFault.Exists, $"'{path}' exists already."),
        LibC.EISDIR => new(FileFault.Unfit, $"'{path}' is a directory."),
        LibC.ENOTDIR => new(FileFault.NotFolder, $"'{path}', or what it is in, is not a directory."),
        LibC.ENOTEMPTY => new(FileFault.Unfit, $"'{path}' is a directory that is not empty."),
        LibC.ELOOP => new(FileFault.Loop, $"'{path}' has links that lead around in circles or out of the sandbox."),
        LibC.EXDEV => new(FileFault.Unfit, $"'{path}' leads out of the sandbox."),
        LibC.ENAMETOOLONG => new(FileFault.Unfit, $"'{path}' is too long."),
        LibC.EINVAL => new(FileFault.Unfit, $"'{path}' cannot be used for this."),
        LibC.EBUSY => new(FileFault.Unfit, $"'{path}' is a fixed place of the sandbox; only what is in it can be changed."),
        LibC.EROFS => new(FileFault.Denied, $"'{path}' is on a read-only part of the sandbox."),
        LibC.EACCES or LibC.EPERM => new(FileFault.Denied, $"'{path}': permission denied."),
        LibC.ENXIO => new(FileFault.Unfit, $"'{path}' is not a regular file."),
        LibC.ENOSPC or LibC.EDQUOT => new(FileFault.NoSpace, $"No space is left for '{path}'."),
        _ => new(FileFault.Broken, $"'{path}' cannot be used: {Marshal.GetPInvokeErrorMessage(error)}."),
    };

    private SafeFileHandle OpenOrCreate(string full)
    {
        try
        {
            using var place = OpenPlace(RawPath.Of(full));
            return Reopen(place, full, LibC.O_WRONLY);
        }
        catch (CageFileException missing) when (missing.Fault == FileFault.Missing)
        {
            MakeFolders(Path.GetDirectoryName(full)!);
            // Not blocking: something else may be there by now.
            const int Flags = LibC.O_WRONLY | LibC.O_CREAT | LibC.O_NONBLOCK | LibC.O_NOCTTY;
            var handle = Open(RawPath.Of(full), Flags, FileMode);
            if (IsRegular(handle)) return handle;
            handle.Dispose();
            throw NotRegular(full);
        }
    }

    // Once its type is known: opening a named pipe or a device has effects, or waits for somebody.
    private static SafeFileHandle Reopen(SafeFileHandle place, string full, int flags)
    {
        if (FileStatus.Of(place) is { Type: FileStatus.Folder }) throw Failure(full, LibC.EISDIR);
        if (!IsRegular(place)) throw NotRegular(full);
        using var held = new HeldHandle(place);
        var fd = LibC.open(LibC.PathOf(held), flags | LibC.O_CLOEXEC, 0);
        return fd >= 0
            ? new SafeFileHandle(fd, ownsHandle: true)
            : throw Failure(full, Marshal.GetLastPInvokeError());
    }

    private SafeFileHandle Open(RawPath full, int flags, int mode)
    {
        try
        {
            return Open(root, BelowRoot(full), full, flags, mode, _resolve);
        }
        catch (ObjectDisposedException)
        {
            throw new SandboxGoneException();
        }
    }

    private static SafeFileHandle Open(
        SafeFileHandle folder, RawPath path, RawPath shown, int flags, int mode, ulong resolve)
    {
        for (var attempt = 0; ; attempt++)
        {
            var fd = LibC.OpenAt2(folder, path.ToNative(), flags | LibC.O_CLOEXEC, mode, resolve);
            if (fd >= 0) return new SafeFileHandle(fd, ownsHandle: true);
            var error = Marshal.GetLastPInvokeError();
            // While anything on the machine is renamed, the kernel may be unable to say where a ".." leads.
            if (error is not (LibC.EAGAIN or LibC.EINTR) || attempt == MostAttempts) throw Failure(shown.ToString(), error);
        }
    }

    private RawPath BelowRoot(RawPath full)
    {
        if (scope is null) return full;
        if (full.Chars == scope) return new(".");
        return full.Chars.StartsWith(scope + "/", StringComparison.Ordinal)
            ? new(full.Chars[(scope.Length + 1)..])
            : throw new CageFileException(
                FileFault.Unfit, $"'{full}' is outside {scope}; without isolation only that is served.");
    }

    // Devices could have effects on the host, and so could files in /proc, where the server has more rights than
    // what runs in the sandbox.
    private static bool IsRegular(SafeFileHandle handle)
    {
        if (FileStatus.Of(handle) is not { Type: FileStatus.Regular }) return false;
        Span<byte> statfs = stackalloc byte[256];
        return LibC.fstatfs(handle, statfs) == 0 && MemoryMarshal.Read<long>(statfs) != ProcFs;
    }

    private static CageFileException NotRegular(string path) => new(FileFault.Unfit, $"'{path}' is not a regular file.");

    private static RawPath Target(SafeFileHandle handle)
    {
        using var held = new HeldHandle(handle);
        Span<byte> path = stackalloc byte[LongestPath];
        var length = LibC.readlink(LibC.PathOf(held), path, path.Length);
        return length >= 0
            ? RawPath.Of(path[..(int)length])
            : throw Failure("/proc/self/fd", Marshal.GetLastPInvokeError());
    }
}
