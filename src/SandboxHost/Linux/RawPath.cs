using System.Text;

namespace Colloquy.SandboxHost.Linux;

/// <summary>
/// A path or name as the kernel has it: bytes, which need not be UTF-8. It is kept with one char per byte, so that
/// it compares and cuts like a string without losing any.
/// </summary>
internal readonly record struct RawPath(string Chars)
{
    internal static RawPath Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    internal static RawPath Of(ReadOnlySpan<byte> bytes) => new(Encoding.Latin1.GetString(bytes));

    /// <summary>For the C library.</summary>
    internal byte[] ToNative() => [.. Encoding.Latin1.GetBytes(Chars), 0];

    internal RawPath Join(RawPath name) => Chars switch
    {
        "" => name,
        "/" => new("/" + name.Chars),
        _ => new($"{Chars}/{name.Chars}"),
    };

    /// <summary>For people and JSON, where what is no UTF-8 becomes a replacement character.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(Chars));
}
