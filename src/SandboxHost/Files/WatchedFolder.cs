using Colloquy.SandboxHost.Isolation;

namespace Colloquy.SandboxHost.Files;

/// <param name="Entry">What is there now. Null where the event is about something that left, or it has left since.</param>
internal sealed record SeenEvent(FileEvent Event, FileEntry? Entry);

/// <summary>One folder as a caller watches it: the events, and if wanted what they are about.</summary>
internal sealed class WatchedFolder : IDisposable
{
    private readonly FolderWatcher _watcher;
    private readonly FileTree? _tree;
    private readonly string _full;

    /// <param name="includeEntry">Whether to look at what an event is about.</param>
    /// <exception cref="CageFileException"/>
    internal WatchedFolder(CageFiles files, string path, bool recursive, bool includeEntry)
    {
        _full = files.FullPath(path);
        _tree = includeEntry ? new FileTree(files) : null;
        _watcher = FolderWatcher.Open(files, _full, recursive);
    }

    /// <exception cref="CageFileException">The watch has failed.</exception>
    internal async Task<IReadOnlyList<SeenEvent>> ReadAsync(CancellationToken cancellationToken) =>
        [.. (await _watcher.ReadAsync(cancellationToken)).Select(happened => new SeenEvent(happened, EntryOf(happened)))];

    public void Dispose() => _watcher.Dispose();

    private FileEntry? EntryOf(FileEvent happened)
    {
        // After the others something else may be there by this name.
        if (happened.Type is not (FileEventType.Create or FileEventType.Write or FileEventType.Chmod)) return null;
        try
        {
            return _tree?.Stat(happened.Name == "." ? _full : $"{_full.TrimEnd('/')}/{happened.Name}");
        }
        catch (CageFileException)
        {
            return null;
        }
    }
}
