namespace Colloquy.Cli.Files;

/// <summary>Files of this machine that are sent or received.</summary>
internal static class LocalFile
{
    private const int BufferSize = 128 * 1024;

    /// <exception cref="LocalFileException">It is not a file, or cannot be read.</exception>
    public static FileStream OpenRead(string path)
    {
        if (Directory.Exists(path))
        {
            throw new LocalFileException($"'{path}' is a folder. Pack it first, for example with tar, and unpack it there.");
        }

        return Guard($"'{path}' cannot be read", () => new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize, FileOptions.Asynchronous | FileOptions.SequentialScan));
    }

    /// <summary>
    /// Writes beside the target and puts the whole file into its place at the end: a transfer that breaks off leaves
    /// nothing behind, and nothing half.
    /// </summary>
    /// <exception cref="LocalFileException">It is there already, or cannot be written.</exception>
    public static async Task WriteAsync(string path, bool overwrite, Func<Stream, Task> write)
    {
        CheckFree(path, overwrite);
        var full = Path.GetFullPath(path);
        var part = Path.Combine(Path.GetDirectoryName(full)!, $".{Guid.NewGuid():N}.part");
        try
        {
            await using (var file = Guard($"'{path}' cannot be written", () => new FileStream(
                part, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferSize, FileOptions.Asynchronous)))
            {
                await write(file);
            }

            Guard($"'{path}' cannot be written", () =>
            {
                CheckFree(path, overwrite);
                File.Move(part, full, overwrite);
                return true;
            });
        }
        finally
        {
            File.Delete(part);
        }
    }

    /// <exception cref="LocalFileException"/>
    public static T Guard<T>(string what, Func<T> access)
    {
        try
        {
            return access();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LocalFileException($"{what}: {exception.Message}", exception);
        }
    }

    private static void CheckFree(string path, bool overwrite)
    {
        if (!overwrite && File.Exists(path))
        {
            throw new LocalFileException($"'{path}' is there already. --force replaces it.");
        }
    }
}

/// <summary>A file of this machine is not what the command needs.</summary>
internal sealed class LocalFileException(string message, Exception? inner = null) : Exception(message, inner);
