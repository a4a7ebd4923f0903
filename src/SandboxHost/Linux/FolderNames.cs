using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Linux;

/// <summary>The names in an open folder, without <c>.</c> and <c>..</c>, read in pieces.</summary>
internal static class FolderNames
{
    private const int BufferSize = 16 * 1024, LengthOffset = 16, TypeOffset = 18, NameOffset = 19;
    private const byte UnknownType = 0, FolderType = 4;

    /// <param name="folder">Opened for reading. What is removed meanwhile may or may not be among them.</param>
    /// <exception cref="Win32Exception">It cannot be read.</exception>
    internal static IEnumerable<RawPath> Read(SafeFileHandle folder) => ReadWithType(folder).Select(found => found.Name);

    /// <summary>Also says which can be folders. Not every file system knows without looking at each.</summary>
    /// <exception cref="Win32Exception">It cannot be read.</exception>
    internal static IEnumerable<(RawPath Name, bool MayBeFolder)> ReadWithType(SafeFileHandle folder)
    {
        _ = LibC.lseek(folder, 0, 0);
        var buffer = new byte[BufferSize];
        while (true)
        {
            var filled = LibC.getdents64(folder, buffer, buffer.Length);
            // A folder that is removed has no names.
            if (filled == 0 || (filled < 0 && Marshal.GetLastPInvokeError() == LibC.ENOENT)) yield break;
            if (filled < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
            for (var at = 0; at < filled; at += BitConverter.ToUInt16(buffer, at + LengthOffset))
            {
                var name = buffer.AsSpan(at + NameOffset);
                var raw = RawPath.Of(name[..name.IndexOf((byte)0)]);
                if (raw.Chars is not "." and not "..") yield return (raw, buffer[at + TypeOffset] is FolderType or UnknownType);
            }
        }
    }
}
