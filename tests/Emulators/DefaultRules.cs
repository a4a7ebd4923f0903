using System.Text.RegularExpressions;

namespace Colloquy.Emulators;

/// <summary>
/// What the emulator answers by itself: enough of an agent's behaviour for a demo. Of several wishes in a text the last
/// one counts, because clients may put an earlier conversation before it.
/// </summary>
public static partial class DefaultRules
{
    private static readonly (Regex Wish, Func<MessagesRequest, Match, Reply> Grant)[] Rules =
    [
        (RunWish(), (_, wish) => Emulators.Reply.ToolUse(
            "Bash", new { command = wish.Groups[1].Value, description = "Run what was asked for" })),
        (WriteWish(), (_, wish) => Emulators.Reply.ToolUse(
            "Write", new { file_path = Home(wish.Groups[2].Value), content = wish.Groups[1].Value })),
        (ReadWish(), (_, wish) => Emulators.Reply.ToolUse("Read", new { file_path = Home(wish.Groups[1].Value) })),
        (CodeWordQuestion(), (request, _) => Emulators.Reply.Text(CodeWord(request))),
        (CodeWordWish(), (_, wish) => Emulators.Reply.Text($"I will remember {wish.Groups[1].Value}.")),
    ];

    public static Reply Reply(MessagesRequest request)
    {
        if (request.ToolResults is { Count: > 0 } results)
        {
            return Emulators.Reply.Text(string.Join('\n', results.Select(result => result.Text)) is { Length: > 0 } text
                ? $"The tool said: {text}"
                : "Done.");
        }

        var (wish, grant) = Rules
            .Select(rule => (Match: rule.Wish.Match(request.LastUserText), rule.Grant))
            .Where(found => found.Match.Success)
            .OrderBy(found => found.Match.Index)
            .LastOrDefault();
        return grant?.Invoke(request, wish) ?? Emulators.Reply.Text($"You said: {request.LastUserText.Trim()}");
    }

    private static string CodeWord(MessagesRequest request) =>
        CodeWordWish().Match(request.ConversationText) is { Success: true } told
            ? $"The code word is {told.Groups[1].Value}."
            : "I was not told a code word.";

    private static string Home(string file) => file.StartsWith('/') ? file : $"/home/user/{file}";

    [GeneratedRegex("Run `([^`]+)`", RegexOptions.IgnoreCase | RegexOptions.RightToLeft)]
    private static partial Regex RunWish();

    [GeneratedRegex("""Write "([^"]*)" to ([\w./-]*\w)""", RegexOptions.IgnoreCase | RegexOptions.RightToLeft)]
    private static partial Regex WriteWish();

    [GeneratedRegex(@"Read ([\w./-]+\.\w+)", RegexOptions.IgnoreCase | RegexOptions.RightToLeft)]
    private static partial Regex ReadWish();

    [GeneratedRegex(@"remember (?:that )?the code word (?:is )?(\w+)", RegexOptions.IgnoreCase | RegexOptions.RightToLeft)]
    private static partial Regex CodeWordWish();

    [GeneratedRegex("what (?:is|was) the code word", RegexOptions.IgnoreCase | RegexOptions.RightToLeft)]
    private static partial Regex CodeWordQuestion();
}
