namespace Colloquy.Silo.Sandboxes;

/// <summary>
/// The id of this installation, made once and kept in the file <c>installation</c> of its data folder. By it an
/// installation knows its sandboxes again, and those of others that use the same account.
/// </summary>
internal static class InstallationMark
{
    private const string FileName = "installation";

    /// <param name="dataFolder">Locked by the caller.</param>
    public static string Of(string dataFolder)
    {
        var path = Path.Combine(dataFolder, FileName);
        if (File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } kept)
        {
            return kept;
        }

        var mark = Guid.NewGuid().ToString("N");
        // By renaming, so that a crash leaves no half of it.
        File.WriteAllText(path + ".new", mark + "\n");
        File.Move(path + ".new", path, overwrite: true);
        return mark;
    }
}
