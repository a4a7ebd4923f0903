using System.Text;

namespace Colloquy.Cli.Rendering;

/// <summary>Makes what agents and their commands print safe to show.</summary>
internal static class Printable
{
    /// <summary>
    /// Takes out control characters: an agent's output must neither colour nor steer the reader's terminal.
    /// </summary>
    public static string Clean(string text)
    {
        if (!text.Any(IsUnwanted))
        {
            return text;
        }

        var clean = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            if (!IsUnwanted(character))
            {
                clean.Append(character);
            }
            else if (character != '\r')
            {
                clean.Append('\uFFFD');
            }
        }

        return clean.ToString();
    }

    /// <summary>On one line and no longer than <paramref name="most"/>.</summary>
    public static string OneLine(string text, int most)
    {
        var line = Clean(text).ReplaceLineEndings("⏎");
        return line.Length > most ? string.Concat(line.AsSpan(0, most - 1), "…") : line;
    }

    /// <summary>Says how much is missing, so that nobody takes the part for the whole.</summary>
    public static string Shortened(string line, int most) =>
        line.Length > most ? $"{line.AsSpan(0, most)}… ({line.Length - most} more characters)" : line;

    public static IReadOnlyList<string> Lines(string text) => Clean(text).TrimEnd('\n').Split('\n');

    private static bool IsUnwanted(char character) => char.IsControl(character) && character is not ('\n' or '\t');
}
