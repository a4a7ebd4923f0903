using System.Buffers;

namespace Colloquy.Grains.Agents;

/// <summary>Text that a POSIX shell takes literally.</summary>
internal static class ShellText
{
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    /// <exception cref="ArgumentException">It contains a NUL, which no process can be given.</exception>
    public static string Quote(string text) =>
        text.Contains('\0', StringComparison.Ordinal)
            ? throw new ArgumentException("Arguments and variables of a process cannot contain a NUL.", nameof(text))
            : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    public static byte[] Quote(ReadOnlySpan<byte> text)
    {
        if (text.Contains((byte)0))
        {
            throw new ArgumentException("A shell cannot print a NUL.", nameof(text));
        }

        var quoted = new ArrayBufferWriter<byte>(text.Length + 16);
        quoted.Write("'"u8);
        for (var quote = text.IndexOf((byte)'\''); quote >= 0; quote = text.IndexOf((byte)'\''))
        {
            quoted.Write(text[..quote]);
            quoted.Write("'\\''"u8);
            text = text[(quote + 1)..];
        }

        quoted.Write(text);
        quoted.Write("'"u8);
        return quoted.WrittenSpan.ToArray();
    }

    /// <exception cref="ArgumentException">It cannot name a variable.</exception>
    public static string Name(string name) =>
        name.Length == 0 || char.IsAsciiDigit(name[0]) || name.AsSpan().ContainsAnyExcept(NameCharacters)
            ? throw new ArgumentException($"'{name}' cannot name an environment variable.", nameof(name))
            : name;
}
