using System.Runtime.InteropServices;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Files;

/// <summary>Reads what callers are told about files.</summary>
internal sealed class FileEntries(CageFiles files)
{
    private static readonly Dictionary<string, string> NoMetadata = [];
    private OwnerNames? _owners;

    /// <exception cref="CageFileException"/>
    internal FileEntry Stat(string full)
    {
        var (folder, name) = files.OpenParent(full);
        using (folder) return TryRead(folder, name, RawPath.Of(full)) ?? throw CageFiles.Failure(full, LibC.ENOENT);
    }

    /// <returns>Null if it is gone by now.</returns>
    /// <exception cref="CageFileException"/>
    internal FileEntry? TryRead(SafeFileHandle folder, RawPath name, RawPath full)
    {
        if (FileStatus.Of(folder, name) is not { } status)
        {
            var error = Marshal.GetLastPInvokeError();
            return error == LibC.ENOENT ? null : throw CageFiles.Failure(full.ToString(), error);
        }

        _owners ??= OwnerNames.Of(files);
        var entry = new FileEntry(
            name.Chars == "." ? Path.GetFileName(full.ToString()) is { Length: > 0 } last ? last : "/" : name.ToString(),
            full.ToString(),
            status,
            status,
            LinkTarget: null,
            _owners.User(status.UserId),
            _owners.Group(status.GroupId),
            NoMetadata);
        return status.Type == FileStatus.Link ? Follow(entry, full) : entry with { Metadata = MetadataOf(folder, name) };
    }

    private FileEntry Follow(FileEntry link, RawPath full)
    {
        try
        {
            using var target = files.OpenPlace(full);
            using var held = new HeldHandle(target);
            return link with
            {
                Target = FileStatus.Of(target),
                LinkTarget = files.RealPath(target).ToString(),
                Metadata = FileMetadata.Read(LibC.PathOf(held), follow: true),
            };
        }
        catch (CageFileException)
        {
            // Dangling, or leading where nobody may go.
            return link with { Target = null, LinkTarget = link.Path };
        }
    }

    private static IReadOnlyDictionary<string, string> MetadataOf(SafeFileHandle folder, RawPath name)
    {
        using var held = new HeldHandle(folder);
        byte[] path = [.. LibC.PathOf(held)[..^1], (byte)'/', .. name.ToNative()];
        return FileMetadata.Read(path, follow: false);
    }
}
