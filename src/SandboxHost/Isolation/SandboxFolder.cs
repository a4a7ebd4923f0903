namespace Colloquy.SandboxHost.Isolation;

/// <summary>The folder of one sandbox on the host.</summary>
internal static class SandboxFolder
{
    /// <summary>Removes it with everything in it, also what a sandbox has locked against its own user.</summary>
    /// <exception cref="IOException"/>
    /// <exception cref="UnauthorizedAccessException"/>
    internal static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // It is what was wanted.
        }
        catch (Exception locked) when (locked is UnauthorizedAccessException or IOException)
        {
            Unlock(new DirectoryInfo(folder));
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Unlock(DirectoryInfo folder)
    {
        folder.UnixFileMode |= UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        foreach (var child in folder.EnumerateDirectories().Where(child => child.LinkTarget is null)) Unlock(child);
    }
}
