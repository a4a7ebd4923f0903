namespace Colloquy.Grains.Agents.Offline;

/// <summary>What "Remember that …" said in this prompt. Earlier prompts are looked up in the sandbox, by offline.sh.</summary>
internal sealed class Facts(IEnumerable<string> known)
{
    private static readonly string[] Articles = ["the ", "my ", "your ", "our ", "a ", "an "];
    private static readonly string[] Verbs = [" is ", " are ", " was ", " were ", "=", ":"];

    private readonly List<string> _facts = [.. known];

    public IReadOnlyList<string> All => _facts;

    public void Add(string fact) => _facts.Add(fact);

    public string? Find(string subject) => _facts.FindLast(fact => IsAbout(Normalize(fact), subject));

    /// <summary>Only ASCII letters are lowered: awk in the sandbox cannot do more, and both must compare alike.</summary>
    public static string Normalize(string text)
    {
        var lower = string.Create(text.Length, text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsAsciiLetterUpper(source[i]) ? (char)(source[i] | 0x20) : source[i];
            }
        }).Trim();
        var article = Articles.FirstOrDefault(word => lower.StartsWith(word, StringComparison.Ordinal));
        return article is null ? lower : lower[article.Length..].TrimStart();
    }

    private static bool IsAbout(string fact, string subject) =>
        fact.StartsWith(subject, StringComparison.Ordinal) &&
        Verbs.Any(verb => fact.AsSpan(subject.Length).StartsWith(verb, StringComparison.Ordinal));
}
