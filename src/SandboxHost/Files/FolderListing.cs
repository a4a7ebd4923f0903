using System.ComponentModel;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Files;

/// <summary>Lists a folder and, down to some depth, the folders in it. Links to folders are not entered.</summary>
internal sealed class FolderListing(FileEntries entries, CancellationToken cancellationToken)
{
    // An answer is built in memory, and a sandbox can have more files than fit into it.
    private const int MostEntries = 100_000;
    private readonly List<FileEntry> _found = [];

    /// <param name="full">How the folder is called in the entries.</param>
    /// <exception cref="CageFileException"/>
    internal static IReadOnlyList<FileEntry> Read(
        CageFiles files, FileEntries entries, string full, uint depth, CancellationToken cancellationToken)
    {
        var listing = new FolderListing(entries, cancellationToken);
        using var folder = files.OpenFolder(full);
        listing.Add(folder, folder, new RawPath(""), RawPath.Of(full), depth);
        return listing._found;
    }

    private void Add(SafeFileHandle top, SafeFileHandle folder, RawPath below, RawPath full, uint depth)
    {
        foreach (var name in NamesOf(folder, full))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (entries.TryRead(folder, name, full.Join(name)) is not { } entry) continue;
            if (_found.Count == MostEntries)
            {
                throw new CageFileException(
                    FileFault.TooMany, $"More than {MostEntries} entries; ask for a smaller depth or a folder further down.");
            }

            _found.Add(entry);
            if (depth > 1 && entry.Status.Type == FileStatus.Folder) Descend(top, below.Join(name), full.Join(name), depth - 1);
        }
    }

    // From the top again, so that one handle is open at a time, however deep it goes.
    private void Descend(SafeFileHandle top, RawPath below, RawPath full, uint depth)
    {
        try
        {
            using var folder = CageFiles.OpenFolderBelow(top, below);
            Add(top, folder, below, full, depth);
        }
        catch (CageFileException gone) when (gone.Fault == FileFault.Missing)
        {
            // Removed since its name was read.
        }
    }

    private static List<RawPath> NamesOf(SafeFileHandle folder, RawPath full)
    {
        try
        {
            return [.. FolderNames.Read(folder).Take(MostEntries + 1).OrderBy(name => name.Chars, StringComparer.Ordinal)];
        }
        catch (Win32Exception failure)
        {
            throw CageFiles.Failure(full.ToString(), failure.NativeErrorCode);
        }
    }
}
