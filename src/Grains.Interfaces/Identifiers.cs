using System.Security.Cryptography;
using System.Text;

namespace Colloquy;

/// <summary>Makes the random and the derived parts of ids. Prefixes keep keys from reading as hex numbers or GUIDs.</summary>
internal static class Identifiers
{
    private const int RandomBytes = 12;
    private const int HashBytes = 16;

    public static string Random(string prefix) =>
        prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RandomBytes));

    public static string Derived(string prefix, string source) =>
        prefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(source)).AsSpan(0, HashBytes));

    public static bool IsValid(string? value, string prefix)
    {
        if (value is null || value.Length <= prefix.Length || value.Length > 64 ||
            !value.StartsWith(prefix, StringComparison.Ordinal))
        {
            return false;
        }

        return value.AsSpan(prefix.Length).IndexOfAnyExcept(Allowed) < 0;
    }

    private static readonly System.Buffers.SearchValues<char> Allowed =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789");
}
