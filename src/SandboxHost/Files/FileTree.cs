using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Files;

/// <summary>What can be done with the files and folders of a sandbox besides reading and writing them.</summary>
internal sealed class FileTree(CageFiles files)
{
    private readonly FileEntries _entries = new(files);

    /// <exception cref="CageFileException"/>
    internal FileEntry Stat(string path) => _entries.Stat(files.FullPath(path));

    /// <param name="depth">1: what is in the folder; 2: also what is in its folders; and so on.</param>
    /// <exception cref="CageFileException"/>
    internal IReadOnlyList<FileEntry> List(string path, uint depth, CancellationToken cancellationToken) =>
        FolderListing.Read(files, _entries, files.FullPath(path), depth, cancellationToken);

    /// <summary>Makes a folder and those that it is in.</summary>
    /// <exception cref="CageFileException">There is something by this name already, or it cannot be made.</exception>
    internal FileEntry MakeFolder(string path)
    {
        var full = files.FullPath(path);
        if (KindOf(full) is { } kind)
            throw CageFiles.Failure(full, kind == FileStatus.Folder ? LibC.EEXIST : LibC.ENOTDIR);
        files.MakeFolders(Path.GetDirectoryName(full)!);
        return files.TryMakeFolder(full) ? _entries.Stat(full) : throw CageFiles.Failure(full, LibC.EEXIST);
    }

    /// <summary>Renames, replacing a file that has the new name.</summary>
    /// <exception cref="CageFileException"/>
    internal FileEntry Move(string from, string to, CancellationToken cancellationToken)
    {
        var (source, destination) = (files.FullPath(from), files.FullPath(to));
        _ = _entries.Stat(source);
        if (destination != "/") files.MakeFolders(Path.GetDirectoryName(destination)!);
        new FileMove(files, source, destination, cancellationToken).Run();
        return _entries.Stat(destination);
    }

    /// <summary>Removes a file, or a folder with all that is in it. That there is none is fine.</summary>
    /// <exception cref="CageFileException"/>
    internal void Remove(string path, CancellationToken cancellationToken)
    {
        var full = files.FullPath(path);
        try
        {
            var (folder, name) = files.OpenParent(full);
            using (folder) new FolderRemoval(full, cancellationToken).Remove(folder, name);
        }
        catch (CageFileException missing) when (missing.Fault == FileFault.Missing)
        {
            // It is what was wanted.
        }
    }

    private int? KindOf(string full)
    {
        try
        {
            using var place = files.OpenPlace(RawPath.Of(full));
            return FileStatus.Of(place)?.Type;
        }
        catch (CageFileException missing) when (missing.Fault == FileFault.Missing)
        {
            return null;
        }
    }
}
