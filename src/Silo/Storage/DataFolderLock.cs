using System.Globalization;
using System.Text.Json;

namespace Colloquy.Silo.Storage;

/// <summary>
/// Keeps a second server off the same data. The operating system holds the lock for the open file <c>server.lock</c>
/// and lets go of it when the process ends, however it ends; the file itself stays and means nothing.
/// </summary>
public sealed class DataFolderLock : IDisposable
{
    private const string LockFile = "server.lock";

    /// <summary>Beside the lock: <c>{"url": "...", "pid": 1}</c> of the server that holds it.</summary>
    public const string InfoFile = "server.json";

    private readonly FileStream _lock;

    private DataFolderLock(FileStream held) => _lock = held;

    /// <summary>Makes the folder if needed and takes its lock, until disposed.</summary>
    /// <exception cref="StoreUnavailableException">Another server runs on it, or it cannot be written.</exception>
    public static DataFolderLock Acquire(string folder)
    {
        folder = Path.GetFullPath(folder);
        try
        {
            Directory.CreateDirectory(folder);
            var path = Path.Combine(folder, LockFile);
            return new DataFolderLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException error) when (IsHeldByOther(error))
        {
            throw new StoreUnavailableException(
                $"The data folder {folder} is in use by another server{Describe(folder)}. Use that server, stop it, " +
                "or choose another data folder.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException(
                $"The data folder {folder} cannot be written: {error.Message} Change its permissions, or choose " +
                "another data folder.", error);
        }
    }

    public void Dispose() => _lock.Dispose();

    // Windows reports a sharing violation; elsewhere the runtime passes on the errno of flock.
    private static bool IsHeldByOther(IOException error)
    {
        const int SharingViolation = unchecked((int)0x80070020);
        const int LinuxWouldBlock = 11;
        const int MacWouldBlock = 35;
        return error.HResult is SharingViolation or LinuxWouldBlock or MacWouldBlock;
    }

    private static string Describe(string folder)
    {
        try
        {
            using var info = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, InfoFile)));
            var url = info.RootElement.TryGetProperty("url", out var value) ? $" at {value.GetString()}" : "";
            var pid = info.RootElement.TryGetProperty("pid", out var number)
                ? string.Create(CultureInfo.InvariantCulture, $" (process {number.GetInt32()})")
                : "";
            return url + pid;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException
            or InvalidOperationException or FormatException)
        {
            // It only makes the message more helpful; the other server may not have written it yet.
            return "";
        }
    }
}
