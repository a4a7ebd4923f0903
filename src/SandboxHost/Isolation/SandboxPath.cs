namespace Colloquy.SandboxHost.Isolation;

/// <summary>Paths as callers write them.</summary>
internal static class SandboxPath
{
    /// <summary>Absolute, without <c>.</c>, <c>..</c> and double slashes. Relative paths and <c>~</c> start at home.</summary>
    /// <exception cref="CageFileException">It is empty or cannot be a path.</exception>
    internal static string Normalize(string path, string home)
    {
        if (path.Length == 0) throw new CageFileException(FileFault.Unfit, "The path is empty.");
        if (path.Contains('\0', StringComparison.Ordinal)) throw new CageFileException(FileFault.Unfit, "The path holds a NUL.");
        if (path == "~") return home;
        if (path.StartsWith("~/", StringComparison.Ordinal)) path = path[2..].TrimStart('/');
        else if (path[0] == '~') throw new CageFileException(FileFault.Unfit, $"'{path}' names another user's home; there is none.");
        if (path.Length == 0) return home;
        return Path.GetFullPath(path, home).TrimEnd('/') is { Length: > 0 } full ? full : "/";
    }
}
