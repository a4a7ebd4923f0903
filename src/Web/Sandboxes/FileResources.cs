namespace Colloquy.Web.Sandboxes;

/// <summary>What a folder of a session's sandbox holds; folders first, then by name.</summary>
/// <param name="Path">The folder.</param>
internal sealed record FileList(string Path, IReadOnlyList<FileResource> Data);

/// <param name="Path">Absolute.</param>
/// <param name="Type">file, folder or link.</param>
/// <param name="Size">Bytes; 0 for a folder.</param>
/// <param name="LinkTarget">Where a symbolic link leads; null for anything else.</param>
internal sealed record FileResource(
    string Name, string Path, string Type, long Size, DateTimeOffset ModifiedAt, string? LinkTarget)
{
    public static FileResource Of(SessionFile file) => new(
        file.Name, file.Path, file.LinkTarget is not null ? "link" : file.IsFolder ? "folder" : "file", file.Size,
        file.ModifiedAt, file.LinkTarget);
}

/// <param name="Path">Absolute.</param>
/// <param name="Size">Bytes.</param>
internal sealed record StoredFile(string Path, long Size);
