using System.Security.Cryptography;

namespace Colloquy.Silo.Hosting;

/// <summary>
/// What the tokens of turns are signed with: made once and kept in the data folder, so that the agents of turns that go
/// on after a restart are still known.
/// </summary>
internal static class TokenKeyFile
{
    private const string FileName = "gateway.key";
    private const int KeyBytes = 32;

    /// <param name="dataFolder">Locked by the caller.</param>
    public static byte[] Read(string dataFolder)
    {
        var path = Path.Combine(dataFolder, FileName);
        if (File.Exists(path) && File.ReadAllBytes(path) is { Length: KeyBytes } kept)
        {
            return kept;
        }

        var key = RandomNumberGenerator.GetBytes(KeyBytes);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        // On the disk and then renamed, so that a crash leaves no half of it.
        using (var file = new FileStream(path + ".new", options))
        {
            file.Write(key);
            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".new", path, overwrite: true);
        return key;
    }
}
