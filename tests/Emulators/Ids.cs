using System.Security.Cryptography;

namespace Colloquy.Emulators;

internal static class Ids
{
    public static string New(string prefix) => prefix + "01" + RandomNumberGenerator.GetString(
        "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789", 22);
}
