using System.ComponentModel;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Files;

/// <summary>Reports what happens in a folder, in the terms of Go's fsnotify, which E2B's daemon uses.</summary>
internal sealed class FolderWatcher : IDisposable
{
    private const int MostAtOnce = 65_536;
    private readonly Inotify _inotify;
    private readonly WatchedFolders _folders;
    private readonly bool _recursive;

    // Both only until everything that the kernel has to say is read: told of by looking, before the kernel's report;
    // and moved away from here, without yet having turned up elsewhere in the tree.
    private readonly HashSet<RawPath> _told = [];
    private readonly Dictionary<uint, RawPath> _moving = [];

    private FolderWatcher(Inotify inotify, WatchedFolders folders, bool recursive) =>
        (_inotify, _folders, _recursive) = (inotify, folders, recursive);

    /// <exception cref="CageFileException">It is no folder, or there are too many to watch.</exception>
    internal static FolderWatcher Open(CageFiles files, string full, bool recursive)
    {
        using var top = files.OpenFolder(full);
        var inotify = OpenInotify();
        try
        {
            var folders = new WatchedFolders(files, inotify, files.RealPath(top));
            folders.Add(new RawPath(""), recursive);
            return new FolderWatcher(inotify, folders, recursive);
        }
        catch
        {
            inotify.Dispose();
            throw;
        }
    }

    /// <summary>Waits for the next events.</summary>
    /// <exception cref="CageFileException">Events were lost, or there is too much to watch.</exception>
    internal async Task<IReadOnlyList<FileEvent>> ReadAsync(CancellationToken cancellationToken)
    {
        var events = new List<FileEvent>();
        while (true)
        {
            var reports = _inotify.Read();
            if (reports.Count == 0)
            {
                Settle();
                await _inotify.WaitAsync(cancellationToken);
            }

            foreach (var report in reports) Take(report, events);
            if (events.Count > 0) return events;
        }
    }

    public void Dispose() => _inotify.Dispose();

    private void Take(InotifyEvent report, List<FileEvent> events)
    {
        if (Has(report, Inotify.Overflow)) throw Lost();
        if (Has(report, Inotify.Ignored | Inotify.Unmounted)) _folders.Forget(report.Watch);
        else if (_folders.PathOf(report.Watch) is not { } folder) return;
        else if (report.Name.Chars.Length > 0) TakeInside(report, folder.Join(report.Name), events);
        // Of the folders further down, those that they are in report the same.
        else if (folder.Chars.Length == 0) TakeTop(report, events);
    }

    private void TakeTop(InotifyEvent report, List<FileEvent> events)
    {
        Tell(report, ".", events);
        // It is somewhere else now, where nobody asked to watch.
        if (Has(report, Inotify.MoveSelf)) _folders.Remove(new RawPath(""));
    }

    private void TakeInside(InotifyEvent report, RawPath path, List<FileEvent> events)
    {
        if (Has(report, Inotify.Create | Inotify.Delete | Inotify.MovedFrom) && _told.Remove(path)
            && Has(report, Inotify.Create))
        {
            return;
        }

        Tell(report, path.ToString(), events);
        if (!_recursive || !Has(report, Inotify.IsFolder)) return;
        if (Has(report, Inotify.Create)) _folders.TryAdd(path, found => TellFound(found, events));
        if (Has(report, Inotify.MovedFrom)) _moving[report.Cookie] = path;
        if (!Has(report, Inotify.MovedTo)) return;
        if (_moving.Remove(report.Cookie, out var from)) _folders.Rename(from, path);
        else _folders.TryAdd(path);
    }

    // In a new folder things may be made before it is watched.
    private void TellFound(RawPath found, List<FileEvent> events)
    {
        if (events.Count == MostAtOnce) throw Lost();
        _told.Add(found);
        events.Add(new FileEvent(FileEventType.Create, found.ToString()));
    }

    private static void Tell(InotifyEvent report, string name, List<FileEvent> events)
    {
        if (Has(report, Inotify.Create | Inotify.MovedTo)) events.Add(new(FileEventType.Create, name));
        if (Has(report, Inotify.MovedFrom | Inotify.MoveSelf)) events.Add(new(FileEventType.Rename, name));
        if (Has(report, Inotify.Attributes)) events.Add(new(FileEventType.Chmod, name));
        if (Has(report, Inotify.Modify)) events.Add(new(FileEventType.Write, name));
        if (Has(report, Inotify.Delete | Inotify.DeleteSelf)) events.Add(new(FileEventType.Remove, name));
    }

    private void Settle()
    {
        _told.Clear();
        foreach (var gone in _moving.Values) _folders.Remove(gone);
        _moving.Clear();
    }

    private static bool Has(InotifyEvent report, uint flags) => (report.Mask & flags) != 0;

    internal static CageFileException Lost() => new(
        FileFault.Broken,
        "watcher error: more happened than was read in time, and some events are lost; list the folder and watch again.");

    private static Inotify OpenInotify()
    {
        try
        {
            return new Inotify();
        }
        catch (Win32Exception full) when (full.NativeErrorCode is LibC.EMFILE or LibC.ENFILE)
        {
            throw new CageFileException(
                FileFault.TooMany,
                "This machine has as many watchers as it may; close some, or raise fs.inotify.max_user_instances.");
        }
    }
}
