using System.Runtime.InteropServices;
using System.Text;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Files;

/// <summary>What callers note on files, kept as extended attributes below E2B's prefix.</summary>
internal static class FileMetadata
{
    private const string Prefix = "user.e2b.";
    private const int LongestName = 255, LargestSet = 4096, LargestList = 64 * 1024;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="CageFileException">It cannot be stored.</exception>
    internal static void Check(IReadOnlyDictionary<string, string> metadata)
    {
        foreach (var (key, value) in metadata)
        {
            if (key.Length == 0 || Prefix.Length + key.Length > LongestName)
                throw Unfit($"key '{key}' must have 1 to {LongestName - Prefix.Length} characters");
            if (!IsPrintable(key) || !IsPrintable(value)) throw Unfit($"'{key}' may hold printable ASCII only");
        }

        var size = metadata.Sum(pair => Prefix.Length + pair.Key.Length + pair.Value.Length);
        if (size > LargestSet) throw Unfit($"{size} bytes are too many, at most {LargestSet} can be stored with a file");
    }

    /// <summary>Makes this the file's metadata, instead of what was.</summary>
    /// <exception cref="CageFileException">The file system has no room, or does not keep attributes.</exception>
    internal static void Write(SafeFileHandle file, string path, IReadOnlyDictionary<string, string> metadata)
    {
        using var held = new HeldHandle(file);
        foreach (var old in Read(LibC.PathOf(held), follow: true).Keys.Except(metadata.Keys))
        {
            if (LibC.fremovexattr(file, NativeName(old)) != 0) throw Failure(path);
        }

        foreach (var (key, value) in metadata)
        {
            var bytes = Encoding.UTF8.GetBytes(value);
            if (LibC.fsetxattr(file, NativeName(key), bytes, bytes.Length, 0) != 0) throw Failure(path);
        }
    }

    /// <param name="path">For the C library.</param>
    /// <param name="follow">Whether to read a link's target and not the link.</param>
    internal static IReadOnlyDictionary<string, string> Read(byte[] path, bool follow)
    {
        Span<byte> names = stackalloc byte[LargestSet];
        var length = List(path, names, follow);
        if (length < 0 && Marshal.GetLastPInvokeError() == LibC.ERANGE) length = List(path, names = new byte[LargestList], follow);
        var metadata = new SortedDictionary<string, string>(StringComparer.Ordinal);
        // Files without metadata are the rule, and so are file systems that cannot have any.
        if (length <= 0) return metadata;
        foreach (var name in RawPath.Of(names[..(int)length]).Chars.Split('\0'))
        {
            if (!name.StartsWith(Prefix, StringComparison.Ordinal)) continue;
            if (Text(path, new RawPath(name)) is var (key, value)) metadata[key] = value;
        }

        return metadata;
    }

    // Commands inside can store any bytes, which would be no text.
    private static (string Key, string Value)? Text(byte[] path, RawPath name)
    {
        var value = new byte[LargestList];
        var length = LibC.getxattr(path, name.ToNative(), value, value.Length);
        if (length < 0) return null;
        try
        {
            var key = Strict.GetString(Encoding.Latin1.GetBytes(name.Chars[Prefix.Length..]));
            return (key, Strict.GetString(value, 0, (int)length));
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static nint List(byte[] path, Span<byte> names, bool follow) =>
        follow ? LibC.listxattr(path, names, names.Length) : LibC.llistxattr(path, names, names.Length);

    private static byte[] NativeName(string key) => RawPath.Of(Prefix + key).ToNative();

    private static bool IsPrintable(string text) => text.All(c => c is >= ' ' and <= '~');

    private static CageFileException Unfit(string why) => new(FileFault.Unfit, $"invalid metadata: {why}.");

    private static CageFileException Failure(string path) => Marshal.GetLastPInvokeError() switch
    {
        LibC.EOPNOTSUPP => new(
            FileFault.Unfit,
            $"'{path}' is on a file system without user attributes, which metadata needs; send the file without "
            + "metadata, or to another folder."),
        var error => CageFiles.Failure(path, error),
    };
}
