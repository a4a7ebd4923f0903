using System.ComponentModel;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Files;

/// <summary>
/// Which folders below a watched one the kernel reports on. No handle on any is kept: that would hide the folder's
/// end, and hold on to what a sandbox is to give up.
/// </summary>
internal sealed class WatchedFolders(CageFiles files, Inotify inotify, RawPath top)
{
    internal const int Most = 8192;

    // What E2B's daemon asks for.
    private const uint Mask = Inotify.Create | Inotify.Modify | Inotify.Delete | Inotify.DeleteSelf | Inotify.MovedTo
        | Inotify.MovedFrom | Inotify.MoveSelf | Inotify.Attributes | Inotify.OnlyFolder;

    private readonly Dictionary<int, RawPath> _paths = [];

    /// <returns>The folder's path relative to the top. Null: not watched any more.</returns>
    internal RawPath? PathOf(int watch) => _paths.TryGetValue(watch, out var path) ? path : null;

    /// <summary>Starts to watch one folder, and those in it.</summary>
    /// <param name="found">Told of what is in it already, each folder before what is in that.</param>
    /// <exception cref="CageFileException"/>
    internal void Add(RawPath path, bool recursive, Action<RawPath>? found = null)
    {
        using var folder = Open(path);
        if (_paths.Count == Most) throw TooMany($"'{path}' would be one of more than {Most} folders to watch.");
        _paths[Watch(folder, path)] = path;
        if (!recursive) return;
        foreach (var (name, mayBeFolder) in NamesIn(folder, path))
        {
            var child = path.Join(name);
            found?.Invoke(child);
            if (mayBeFolder) TryAdd(child, found);
        }
    }

    /// <summary>As <see cref="Add"/>, also with what is in it; but it may be gone, or be no folder.</summary>
    /// <exception cref="CageFileException"/>
    internal void TryAdd(RawPath path, Action<RawPath>? found = null)
    {
        try
        {
            Add(path, recursive: true, found);
        }
        catch (CageFileException gone) when (gone.Fault is FileFault.Missing or FileFault.NotFolder or FileFault.Loop)
        {
            // Then the folder that it was in reports what became of it.
        }
    }

    internal void Forget(int watch) => _paths.Remove(watch);

    /// <summary>A folder has got another name; what is in it is watched on.</summary>
    internal void Rename(RawPath from, RawPath to)
    {
        foreach (var watch in Below(from))
        {
            _paths[watch] = new RawPath(to.Chars + _paths[watch].Chars[from.Chars.Length..]);
        }
    }

    /// <summary>A folder and what is in it are not watched any more.</summary>
    internal void Remove(RawPath path)
    {
        foreach (var watch in Below(path))
        {
            inotify.Remove(watch);
            _paths.Remove(watch);
        }
    }

    private List<int> Below(RawPath path) =>
    [
        .. _paths.Where(pair => path.Chars.Length == 0 || pair.Value == path
            || pair.Value.Chars.StartsWith(path.Chars + "/", StringComparison.Ordinal)).Select(pair => pair.Key),
    ];

    private SafeFileHandle Open(RawPath path)
    {
        var folder = files.OpenFolder(top);
        if (path.Chars.Length == 0) return folder;
        using (folder) return CageFiles.OpenFolderBelow(folder, path);
    }

    private static List<(RawPath Name, bool MayBeFolder)> NamesIn(SafeFileHandle folder, RawPath path)
    {
        try
        {
            return [.. FolderNames.ReadWithType(folder)];
        }
        catch (Win32Exception failure)
        {
            throw CageFiles.Failure(path.ToString(), failure.NativeErrorCode);
        }
    }

    private int Watch(SafeFileHandle folder, RawPath path)
    {
        try
        {
            return inotify.Add(folder, Mask);
        }
        catch (Win32Exception full) when (full.NativeErrorCode == LibC.ENOSPC)
        {
            throw TooMany("This machine watches as many folders as it may; raise fs.inotify.max_user_watches.");
        }
        catch (Win32Exception failure)
        {
            throw CageFiles.Failure(path.ToString(), failure.NativeErrorCode);
        }
    }

    private static CageFileException TooMany(string message) => new(FileFault.TooMany, message);
}
