using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Linux;

/// <summary>The names in an open folder, without <c>.</c> and <c>..</c>, read in pieces.</summary>
internal static class FolderNames
{
    private const int BufferSize = 16 * 1024, LengthOffset = 16, NameOffset = 19;

    /// <param name="folder">Opened for reading. What is removed meanwhile may or may not be among them.</param>
    /// <exception cref="Win32Exception">It cannot be read.</exception>
    internal static IEnumerable<RawPath> Read(SafeFileHandle folder)
    {
        _ = LibC.lseek(folder, 0, 0);
        var buffer = new byte[BufferSize];
        while (true)
        {
            var filled = LibC.getdents64(folder, buffer, buffer.Length);
            if (filled < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
            if (filled == 0) yield break;
            for (var at = 0; at < filled; at += BitConverter.ToUInt16(buffer, at + LengthOffset))
            {
                var name = buffer.AsSpan(at + NameOffset);
                var raw = RawPath.Of(name[..name.IndexOf((byte)0)]);
                if (raw.Chars is not "." and not "..") yield return raw;
            }
        }
    }
}
