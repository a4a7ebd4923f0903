namespace Colloquy.SandboxHost.Isolation;

/// <summary>The folder of one sandbox on the host.</summary>
internal sealed class SandboxFolder(string path)
{
    private const UnixFileMode Everybody =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    internal string FullPath { get; } = path;

    internal string SandboxId { get; } = Path.GetFileName(path);

    /// <summary>What makes it a sandbox to a later server. A folder without one is half made or half removed.</summary>
    internal string Record => Path.Combine(FullPath, "sandbox.json");

    internal string Deadline => Path.Combine(FullPath, "deadline");

    /// <summary>What bubblewrap says when it fails.</summary>
    internal string Errors => Path.Combine(FullPath, "bubblewrap.err");

    /// <summary>All that is kept while it is paused.</summary>
    internal string Disk => Path.Combine(FullPath, "disk");

    /// <summary>One folder per command.</summary>
    internal string Processes => Path.Combine(FullPath, "processes");

    internal string Home => Path.Combine(Disk, "home");

    internal string Temporary => Path.Combine(Disk, "tmp");

    /// <summary>Makes what is not there yet, and removes what is left of the run before.</summary>
    internal void Prepare()
    {
        if (Directory.Exists(Processes)) Directory.Delete(Processes, recursive: true);
        Directory.CreateDirectory(Home);
        if (!Directory.Exists(Temporary))
            Directory.CreateDirectory(Temporary).UnixFileMode = Everybody | UnixFileMode.StickyBit;
    }

    /// <summary>Makes it no sandbox any more, also to a server that finds the rest of it.</summary>
    /// <exception cref="IOException"/>
    /// <exception cref="UnauthorizedAccessException"/>
    internal void DeleteRecord()
    {
        // Somebody may have removed all of it.
        if (Directory.Exists(FullPath)) File.Delete(Record);
    }

    /// <summary>Removes it with everything in it, also what a sandbox has locked against its own user.</summary>
    /// <exception cref="IOException"/>
    /// <exception cref="UnauthorizedAccessException"/>
    internal void Delete()
    {
        try
        {
            Directory.Delete(FullPath, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // It is what was wanted.
        }
        catch (Exception locked) when (locked is UnauthorizedAccessException or IOException)
        {
            Unlock(new DirectoryInfo(FullPath));
            Directory.Delete(FullPath, recursive: true);
        }
    }

    private static void Unlock(DirectoryInfo folder)
    {
        folder.UnixFileMode |= UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        foreach (var child in folder.EnumerateDirectories().Where(child => child.LinkTarget is null)) Unlock(child);
    }
}
