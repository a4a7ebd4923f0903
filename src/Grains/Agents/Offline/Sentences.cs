using System.Text.RegularExpressions;

namespace Colloquy.Grains.Agents.Offline;

/// <summary>Cuts a prompt into sentences, and a sentence where one instruction may end and the next begin.</summary>
internal static class Sentences
{
    private const RegexOptions Linear =
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    private static readonly Regex LineThatBegins = new(
        @"^\s*([-*]|\d+[.)])?\s*(please|first|second|third|then|next|now|finally|and|what|remember|write|save|put|create|make|generate|read|show|display|list|count|how|run|execute|calculate|compute|fail|sleep|wait|emit)\b",
        Linear);

    private static readonly Regex Conjunction = new(@",?\s+(and\s+then|then|and)\s+|\s*;\s*", Linear);

    public static IEnumerable<string> Split(string prompt)
    {
        var quotes = new QuoteMap(prompt);
        var start = 0;
        for (var i = 0; i < prompt.Length; i++)
        {
            if (quotes.IsQuoted(i) || !EndsAt(prompt, i) || IsItemNumber(prompt, start, i))
            {
                continue;
            }

            yield return prompt[start..i];
            start = i + 1;
        }

        yield return prompt[start..];
    }

    /// <summary>The places where the sentence may be cut in two, first to last, and whether they say "then".</summary>
    public static IEnumerable<(int Start, int End, bool Then)> Cuts(string sentence)
    {
        var quotes = new QuoteMap(sentence);
        foreach (Match match in Conjunction.Matches(sentence))
        {
            if (!quotes.IsQuoted(match.Index))
            {
                var then = match.Value.Contains("then", StringComparison.OrdinalIgnoreCase);
                yield return (match.Index, match.Index + match.Length, then);
            }
        }
    }

    /// <summary>The "1" of "1. Read a.txt", which is no sentence.</summary>
    private static bool IsItemNumber(string prompt, int start, int end)
    {
        var number = prompt.AsSpan(start, Math.Min(end - start, 20)).TrimStart();
        return prompt[end] == '.' && end + 1 < prompt.Length && number.Length is > 0 and < 4 &&
            number.IndexOfAnyExceptInRange('0', '9') < 0;
    }

    private static bool EndsAt(string prompt, int index)
    {
        var next = index + 1;
        return prompt[index] switch
        {
            '.' or '!' or '?' => next == prompt.Length || char.IsWhiteSpace(prompt[next]),
            '\n' => LineThatBegins.IsMatch(prompt.AsSpan(next, Math.Min(60, prompt.Length - next))),
            _ => false,
        };
    }
}
