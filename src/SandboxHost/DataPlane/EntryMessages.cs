using System.Globalization;
using Colloquy.SandboxHost.Files;
using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>Writes entries as E2B's daemon does.</summary>
internal static class EntryMessages
{
    private const int PermissionMask = 0x1ff, SetUser = 0x800, SetGroup = 0x400, Sticky = 0x200;

    internal static EntryInfo Of(FileEntry entry) => new(
        entry.Name,
        TypeName(entry.Target),
        entry.Path,
        entry.Status.Size == 0 ? null : entry.Status.Size.ToString(CultureInfo.InvariantCulture),
        entry.Target is { } target && (target.Mode & PermissionMask) is not 0 and var mode ? (uint)mode : null,
        Permissions(entry.Status.Mode),
        entry.Owner,
        entry.Group,
        Time(entry.Status.Seconds, entry.Status.Nanoseconds),
        entry.LinkTarget,
        entry.Metadata.Count > 0 ? entry.Metadata : null);

    /// <summary>Type and permissions in the letters of Go, which differ from those of <c>ls</c>.</summary>
    internal static string Permissions(int mode)
    {
        const string Letters = "rwxrwxrwx";
        var type = (mode & FileStatus.TypeMask) switch
        {
            FileStatus.Folder => "d",
            FileStatus.Link => "L",
            0x1000 => "p",
            0xc000 => "S",
            0x6000 => "D",
            0x2000 => "Dc",
            _ => "",
        };
        if ((mode & SetUser) != 0) type += "u";
        if ((mode & SetGroup) != 0) type += "g";
        if ((mode & Sticky) != 0) type += "t";
        if (type.Length == 0) type = "-";
        return type + string.Concat(Letters.Select((letter, i) => (mode & (0x100 >> i)) != 0 ? letter : '-'));
    }

    /// <summary>RFC 3339 with as many digits as it needs: none, 3, 6 or 9.</summary>
    /// <returns>Null for 1970's first moment, which says that nothing is known, and for years that cannot be written.</returns>
    internal static string? Time(long seconds, uint nanoseconds)
    {
        if (seconds == 0 && nanoseconds == 0) return null;
        if (seconds < DateTimeOffset.MinValue.ToUnixTimeSeconds() || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            return null;
        var time = DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
        var fraction = nanoseconds.ToString("d9", CultureInfo.InvariantCulture);
        while (fraction.EndsWith("000", StringComparison.Ordinal)) fraction = fraction[..^3];
        return fraction.Length > 0 ? $"{time}.{fraction}Z" : $"{time}Z";
    }

    private static string? TypeName(FileStatus? status) => status?.Type switch
    {
        FileStatus.Regular => "FILE_TYPE_FILE",
        FileStatus.Folder => "FILE_TYPE_DIRECTORY",
        FileStatus.Link => "FILE_TYPE_SYMLINK",
        _ => null,
    };
}
