namespace Colloquy.Grains.Agents.Offline;

/// <summary>
/// Which parts of a prompt are quoted: "…", '…', “…”, `…` and ```…```. An apostrophe does not open a quotation, nor
/// does a mark that is never closed. Takes time linear in the length of the text.
/// </summary>
internal sealed class QuoteMap
{
    private static readonly (string Open, string Close)[] Marks =
        [("```", "```"), ("`", "`"), ("\"", "\""), ("“", "”"), ("'", "'")];

    private readonly bool[] _quoted;

    public QuoteMap(string text)
    {
        _quoted = new bool[text.Length];
        var closable = Enumerable.Repeat(true, Marks.Length).ToArray();
        for (var i = 0; i < text.Length; i++)
        {
            var mark = StartsAt(text, i);
            if (mark < 0 || !closable[mark])
            {
                continue;
            }

            var end = FindEnd(text, i, Marks[mark]);
            if (end < 0)
            {
                // None further on either: without remembering that, many open marks would take quadratic time.
                closable[mark] = false;
                continue;
            }

            Array.Fill(_quoted, true, i, end - i);
            i = end - 1;
        }
    }

    public bool IsQuoted(int index) => _quoted[index];

    /// <summary>What is between the marks if the whole text is one quotation.</summary>
    public static string? Unquote(string text)
    {
        var mark = text.Length > 1 ? StartsAt(text, 0) : -1;
        if (mark < 0 || FindEnd(text, 0, Marks[mark]) != text.Length)
        {
            return null;
        }

        var (open, close) = Marks[mark];
        var inner = text[open.Length..^close.Length];
        return open.Length == 3 ? WithoutFence(inner) : inner;
    }

    /// <summary>A fenced block begins with a language and a line feed, which are not part of the content.</summary>
    private static string WithoutFence(string inner)
    {
        var feed = inner.IndexOf('\n', StringComparison.Ordinal);
        return feed >= 0 && inner.AsSpan(0, feed).IndexOfAny(' ', '\t') < 0 ? inner[(feed + 1)..] : inner;
    }

    private static int StartsAt(string text, int index)
    {
        for (var mark = 0; mark < Marks.Length; mark++)
        {
            if (string.CompareOrdinal(text, index, Marks[mark].Open, 0, Marks[mark].Open.Length) == 0)
            {
                var afterWord = index > 0 && char.IsLetterOrDigit(text[index - 1]);
                return Marks[mark].Open is "'" or "\"" && afterWord ? -1 : mark;
            }
        }

        return -1;
    }

    private static int FindEnd(string text, int start, (string Open, string Close) mark)
    {
        var from = start + mark.Open.Length;
        while (from < text.Length && text.IndexOf(mark.Close, from, StringComparison.Ordinal) is var at and >= 0)
        {
            var end = at + mark.Close.Length;
            if (mark.Close != "'" || end == text.Length || !char.IsLetterOrDigit(text[end]))
            {
                return end;
            }

            from = end;
        }

        return -1;
    }
}
