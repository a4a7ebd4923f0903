namespace Colloquy.Grains.Agents.Offline;

/// <summary>Turns a prompt into steps, sentence by sentence. Pure; any text gives a plan.</summary>
internal static class OfflinePlanner
{
    public const string Help =
        "I am the offline agent and understand only sentences like these: \"What is 17*23?\", \"Remember that the code " +
        "word is X.\", \"What is the code word?\", \"What did I tell you?\", \"Write TEXT to FILE.\", \"Write a script that prints " +
        "the first 10 primes to primes.sh and run it.\", \"Read FILE.\", \"List DIR.\", \"Count lines in FILE.\", \"Run COMMAND.\", " +
        "\"Say TEXT slowly.\", \"Sleep 2 seconds.\", \"Emit 100 events.\", \"Fail with exit code 3 saying TEXT.\" They may follow each other, " +
        "also with \"then\" and \"and\".";

    /// <summary>A sentence with more places to cut than this is prose, not a list of instructions.</summary>
    private const int MaxCuts = 20;

    public static IReadOnlyList<OfflineStep> Plan(string prompt)
    {
        var context = new PlanContext();
        var steps = new List<OfflineStep>();
        string? unknown = null;
        foreach (var sentence in Sentences.Split(prompt).Select(Instruction.Strip).Where(Instruction.HasWords))
        {
            if (TryPlan(sentence, context) is { } planned)
            {
                steps.AddRange(planned);
            }
            else
            {
                unknown ??= sentence;
            }
        }

        if (unknown is not null || steps.Count == 0)
        {
            steps.Add(new Say(NotUnderstood(unknown)));
        }

        return steps;
    }

    /// <summary>
    /// Cuts before it reads as a whole, since "Run ls and read a.txt" would also be one command; but only where both
    /// sides can be read, for "Write salt and pepper to a.txt" is one instruction.
    /// </summary>
    private static List<OfflineStep>? TryPlan(string sentence, PlanContext context)
    {
        var steps = new List<OfflineStep>();
        var rest = sentence;
        while (true)
        {
            var (first, remaining) = CutFirst(rest, context);
            if (Instruction.Read(first, context) is not { } read)
            {
                return null;
            }

            context.Apply(read);
            steps.AddRange(read);
            if (remaining is null)
            {
                return steps;
            }

            rest = remaining;
        }
    }

    private static (string First, string? Remaining) CutFirst(string sentence, PlanContext context)
    {
        var onlyThen = Instruction.IsToRemember(sentence);
        foreach (var (start, end, then) in Sentences.Cuts(sentence).Take(MaxCuts))
        {
            var first = sentence[..start];
            var rest = Instruction.Strip(sentence[end..]);
            if ((then || !onlyThen) &&
                Instruction.Read(first, context) is { } read &&
                CanBegin(rest, context.After(read)))
            {
                return (first, rest);
            }
        }

        return (sentence, null);
    }

    /// <summary>The rest can be read as a whole, or at least up to one of its own cuts.</summary>
    private static bool CanBegin(string rest, PlanContext context) =>
        Instruction.Read(rest, context) is not null ||
        Sentences.Cuts(rest).Take(MaxCuts).Any(cut => Instruction.Read(rest[..cut.Start], context) is not null);

    private static string NotUnderstood(string? sentence) => sentence switch
    {
        null => Help,
        { Length: > 80 } => $"I did not understand \"{sentence[..80]}…\". {Help}",
        _ => $"I did not understand \"{sentence}\". {Help}",
    };
}
