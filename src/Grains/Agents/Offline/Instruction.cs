using System.Globalization;
using System.Text.RegularExpressions;

namespace Colloquy.Grains.Agents.Offline;

/// <summary>Reads one instruction. Null means: not one that it knows.</summary>
internal static partial class Instruction
{
    public static string Strip(string sentence) => Lead.Replace(sentence.Trim(), "").TrimEnd(' ', '\t', '\r', '\n', ',', ';');

    public static bool HasWords(string sentence) => sentence.Any(char.IsLetterOrDigit);

    /// <summary>"And" may belong to what is to be remembered; only "then" ends it.</summary>
    public static bool IsToRemember(string sentence) => Remember.IsMatch(sentence);

    public static IReadOnlyList<OfflineStep>? Read(string text, PlanContext context)
    {
        var sentence = text.TrimEnd('.', '!', '?', ' ', '\n', '\r', '\t');
        return ReadArithmetic(sentence) ?? ReadMemory(sentence, context) ?? ReadScript(sentence) ??
            ReadFiles(sentence, context) ?? ReadRun(sentence, context) ?? ReadProcess(sentence);
    }

    private static OfflineStep[]? ReadArithmetic(string sentence)
    {
        var asked = Calculate.Match(sentence);
        var expression = Symbols(asked.Success ? asked.Groups[1].Value : sentence).Trim();
        // A number alone may be the rest of a list ("3, 4 and 5"), unless it was asked for.
        return Expression.IsMatch(expression) && expression.Any(char.IsAsciiDigit) &&
            (asked.Success || expression.AsSpan(1).IndexOfAny(Operators) >= 0)
            ? [new Say(Arithmetic.Answer(expression))]
            : null;
    }

    private static string Symbols(string expression) => expression
        .Replace('×', '*').Replace('·', '*').Replace('÷', '/').Replace('−', '-')
        .Replace(" plus ", " + ", StringComparison.OrdinalIgnoreCase)
        .Replace(" minus ", " - ", StringComparison.OrdinalIgnoreCase)
        .Replace(" times ", " * ", StringComparison.OrdinalIgnoreCase)
        .Replace(" x ", " * ", StringComparison.OrdinalIgnoreCase)
        .Replace(" multiplied by ", " * ", StringComparison.OrdinalIgnoreCase)
        .Replace(" divided by ", " / ", StringComparison.OrdinalIgnoreCase)
        .Replace(" modulo ", " % ", StringComparison.OrdinalIgnoreCase)
        .Replace(" mod ", " % ", StringComparison.OrdinalIgnoreCase);

    private static OfflineStep[]? ReadMemory(string sentence, PlanContext context)
    {
        if (Remember.Match(sentence) is { Success: true } remember)
        {
            return [new Memorize(remember.Groups[1].Value.Trim())];
        }

        if (ToldAll.IsMatch(sentence))
        {
            return [new Recall(""), .. context.Facts.All.Select(fact => new Say($"Just now you told me: {fact}."))];
        }

        foreach (var form in (Regex[])[Told, Question, TellMe])
        {
            if (form.Match(sentence) is { Success: true } match && Facts.Normalize(match.Groups[1].Value) is { Length: > 0 and < 200 } subject)
            {
                return context.Facts.Find(subject) is { } fact ? [new Say($"You told me: {fact}.")] : [new Recall(subject)];
            }
        }

        return null;
    }

    private static OfflineStep[]? ReadScript(string sentence)
    {
        if (WriteScript.Match(sentence) is not { Success: true } match)
        {
            return null;
        }

        var description = match.Groups[1].Value;
        var named = ScriptFile.Match(description);
        if (named.Success)
        {
            description = description.Remove(named.Index, named.Length).Insert(named.Index, " ");
        }

        return ScriptWriter.TryWrite(description) is { } script
            ? [new WriteFile(named.Success ? named.Groups[1].Value : script.Name, script.Content)]
            : [new Say($"I cannot write that script. I know these, with numbers that fit: {ScriptWriter.Known}.")];
    }

    private static OfflineStep[]? ReadFiles(string sentence, PlanContext context)
    {
        if (CreateWith.Match(sentence) is { Success: true } create && Path(create.Groups[1].Value, context) is { } created)
        {
            return [Write(created, create.Groups[2].Value)];
        }

        var write = WriteToQuotedFile.Match(sentence) is { Success: true } quoted ? quoted : WriteTo.Match(sentence);
        if (write.Success && Path(write.Groups[2].Value, context) is { } written)
        {
            return [Write(written, write.Groups[1].Value)];
        }

        if (Show.Match(sentence) is { Success: true } read && Path(read.Groups[1].Value, context) is { } path)
        {
            return [new ReadFile(path)];
        }

        var count = CountIn.Match(sentence) is { Success: true } counted ? counted : HowMany.Match(sentence);
        return count.Success && Path(count.Groups[2].Value, context) is { } file
            ? [new Count(Unit(count.Groups[1].Value), file)]
            : ReadList(sentence, context);
    }

    private static OfflineStep[]? ReadList(string sentence, PlanContext context)
    {
        if (List.Match(sentence) is not { Success: true } match)
        {
            return null;
        }

        var rest = ListWords.Replace(match.Groups[1].Value, " ").Trim();
        if (rest.Length == 0)
        {
            return [new ListFolder(".")];
        }

        return (QuoteMap.Unquote(rest) is not null || !rest.Any(char.IsWhiteSpace)) && Path(rest, context) is { } folder
            ? [new ListFolder(folder)]
            : null;
    }

    private static WriteFile Write(string path, string content)
    {
        var text = What.Match(content) is { Success: true } match && QuoteMap.Unquote(match.Groups[1].Value.Trim()) is { } inner
            ? inner
            : QuoteMap.Unquote(content.Trim()) ?? content.Trim();
        return new WriteFile(path, text.EndsWith('\n') ? text : text + "\n");
    }

    private static CountUnit Unit(string word) => char.ToLowerInvariant(word[0]) switch
    {
        'l' => CountUnit.Lines,
        'w' => CountUnit.Words,
        'b' => CountUnit.Bytes,
        _ => CountUnit.Characters,
    };

    private static OfflineStep[]? ReadRun(string sentence, PlanContext context)
    {
        if (Run.Match(sentence) is not { Success: true } match)
        {
            return null;
        }

        var text = match.Groups[1].Value.Trim();
        var command = QuoteMap.Unquote(text) ?? text;
        if (command is "it" or "script" or "the script" or "this script" or "program" or "file")
        {
            return context.LastFile is { } last ? [new RunCommand($"sh {Shell.QuoteIfNeeded(last)}")] : null;
        }

        // The shell looks for a plain word on the PATH only, and a script may lack the right to be executed.
        var isScript = command.EndsWith(".sh", StringComparison.Ordinal) && !command.Any(char.IsWhiteSpace);
        return [new RunCommand(isScript ? $"sh {Shell.QuoteIfNeeded(command)}" : command)];
    }

    private static OfflineStep[]? ReadProcess(string sentence)
    {
        if (FailWith.Match(sentence) is { Success: true } fail)
        {
            var said = fail.Groups[2].Success ? QuoteMap.Unquote(fail.Groups[2].Value) ?? fail.Groups[2].Value : "I was told to fail";
            return !fail.Groups[1].Success ? [new Fail(1, said)]
                : Number(fail.Groups[1].Value) is >= 1 and <= 255 and var code ? [new Fail((int)code, said)]
                : [new Say($"I cannot fail with exit code {fail.Groups[1].Value}: exit codes of failures go from 1 to 255.")];
        }

        if (SaySlowly.Match(sentence) is { Success: true } say)
        {
            return [new Speak(QuoteMap.Unquote(say.Groups[1].Value) ?? say.Groups[1].Value)];
        }

        if (SleepFor.Match(sentence) is { Success: true } sleep)
        {
            return ReadSleep(sleep);
        }

        if (EmitSome.Match(sentence) is not { Success: true } emit)
        {
            return null;
        }

        return Number(emit.Groups[1].Value.Replace(",", "", StringComparison.Ordinal)) is >= 1 and <= 1_000_000 and var count
            ? [new Emit((int)count)]
            : [new Say($"I cannot emit {emit.Groups[1].Value} events: between 1 and 1,000,000.")];
    }

    private static OfflineStep[] ReadSleep(Match match)
    {
        const decimal Day = 86_400;
        var number = decimal.Parse(match.Groups[1].Value + match.Groups[2].Value, CultureInfo.InvariantCulture);
        var unit = match.Groups[3].Value.ToLowerInvariant();
        var seconds = unit.StartsWith("mi", StringComparison.Ordinal) && !unit.StartsWith("mil", StringComparison.Ordinal) || unit == "m"
            ? number * 60
            : unit is "ms" || unit.StartsWith("mil", StringComparison.Ordinal) ? number / 1000 : number;
        return seconds <= Day
            ? [new Sleep(seconds.ToString("0.######", CultureInfo.InvariantCulture))]
            : [new Say("I cannot sleep for more than a day.")];
    }

    private static long? Number(string digits) =>
        long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static string? Path(string token, PlanContext context)
    {
        var path = QuoteMap.Unquote(token) ?? token.Trim(',', ';', ':');
        if (path.Equals("it", StringComparison.OrdinalIgnoreCase))
        {
            return context.LastFile;
        }

        path = path.StartsWith("~/", StringComparison.Ordinal) ? path[2..] : path;
        return path.Length == 0 ? null : path;
    }
}
