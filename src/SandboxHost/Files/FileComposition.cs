using Colloquy.SandboxHost.Isolation;

namespace Colloquy.SandboxHost.Files;

/// <summary>Puts files together into one, which is how large uploads arrive in parallel.</summary>
internal sealed class FileComposition(CageFiles files)
{
    /// <summary>The sources are removed once the destination is whole.</summary>
    /// <returns>The destination's absolute path.</returns>
    /// <exception cref="CageFileException">Nothing is changed.</exception>
    internal async Task<string> ComposeAsync(
        IReadOnlyList<string> sources, string destination, CancellationToken cancellationToken)
    {
        var full = files.FullPath(destination);
        string[] parts = [.. sources.Select(files.FullPath)];
        foreach (var part in parts)
        {
            if (part == full)
                throw new CageFileException(FileFault.Unfit, $"source path '{part}' cannot be the same as destination");
            await files.OpenRead(part).DisposeAsync();
        }

        files.MakeFolders(Path.GetDirectoryName(full) ?? "/");
        using (var whole = new TemporaryFile(files, full))
        {
            foreach (var part in parts)
            {
                await using var source = files.OpenRead(part);
                await source.CopyToAsync(whole.Stream, cancellationToken);
            }

            whole.Replace();
        }

        var tree = new FileTree(files);
        foreach (var part in parts) tree.Remove(part, cancellationToken);
        return full;
    }
}
