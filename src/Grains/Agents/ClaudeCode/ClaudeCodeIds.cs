using System.Security.Cryptography;
using System.Text;
using Colloquy.Sessions;

namespace Colloquy.Grains.Agents.ClaudeCode;

/// <summary>The UUIDs that the CLI asks for, derived, so that a turn that is prepared again gets the same.</summary>
internal static class ClaudeCodeIds
{
    /// <summary>Of the CLI's own conversation, if it begins with this turn.</summary>
    public static string Conversation(TurnId turn) => From($"{turn}/conversation");

    /// <summary>Of the turn's message. The CLI keeps it, which shows whether its conversation has the turn.</summary>
    public static string Message(TurnId turn) => From($"{turn}/message");

    private static string From(string source)
    {
        const byte Version8 = 0x80, Variant = 0x80;
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes(source))[..16];
        bytes[6] = (byte)((bytes[6] & 0x0f) | Version8);
        bytes[8] = (byte)((bytes[8] & 0x3f) | Variant);
        return new Guid(bytes, bigEndian: true).ToString();
    }
}
