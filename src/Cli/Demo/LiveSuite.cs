using System.Globalization;
using System.Security.Cryptography;
using Colloquy.Cli.Api;
using Colloquy.Errors;

namespace Colloquy.Cli.Demo;

/// <summary>
/// What the basic checks are for an agent that calls a model. It says things in words of its own, so what counts is what
/// can be told exactly: what commands printed, which files there are, and what was booked. Each message asks for one step.
/// </summary>
internal static class LiveSuite
{
    /// <summary>Time for a model to answer, not for the command to end.</summary>
    private static readonly TimeSpan TooShort = TimeSpan.FromSeconds(20);

    public static readonly IReadOnlyList<Check> Checks =
    [
        new(Suites.Basic, "simple arithmetic",
            "A message goes in, the agent answers, and the turn is accounted for.",
            "the product of two random numbers in the answer", ArithmeticAsync),
        new(Suites.Basic, "detailed execution",
            "The agent runs a command in its sandbox; the command and what it printed are shown.",
            "6*7 computed by the shell", ExecutionAsync),
        new(Suites.Basic, "file operations",
            "The sandbox has a workspace of its own, which others than the agent can look into.",
            "a random word in a file, seen through the files API, and read back by the agent", FilesAsync),
        new(Suites.Basic, "code generation",
            "The agent writes a program and runs it where it can do no harm.",
            "a script on disk, and the first ten primes from running it", CodeAsync),
        new(Suites.Basic, "sequential tasks",
            "Messages that follow each other work on the same files.",
            "a result that only all the steps together give", SequenceAsync),
        new(Suites.Basic, "error report",
            "A turn takes too long. The error says everything that helps, and the session stays usable.",
            "category timeout, elapsed time and sandbox; then an answer in the same session", ErrorAsync),
    ];

    /// <summary>A message that every agent understands in the same way.</summary>
    public static string Run(string command) => $"Run `{command}` and tell me what it printed.";

    /// <summary>Looks for what an agent says that it has written, past the agent.</summary>
    public static async Task RequireFileAsync(
        CheckRun run, DemoSession session, string file, string content, CancellationToken cancellationToken)
    {
        var client = run.Setting.Client;
        var listed = await client.ListFilesAsync(session.Id, path: null, cancellationToken);
        run.Require($"the files API lists {file}", listed.Data.Any(item => item.Name == file),
            string.Join(", ", listed.Data.Select(item => item.Name)));
        var found = await ReadAsync(client, session, file, cancellationToken);
        run.Require("and has what was to be written", BasicSuite.Holds(found, content), found);
    }

    private static async Task ArithmeticAsync(CheckRun run, CancellationToken cancellationToken)
    {
        var (a, b) = (RandomNumberGenerator.GetInt32(12, 99), RandomNumberGenerator.GetInt32(12, 99));
        var session = await run.OpenSessionAsync("demo: arithmetic", cancellationToken);
        var turn = await session.TurnAsync(Run($"echo $(({a}*{b}))"), cancellationToken);
        BasicSuite.RequireCompleted(run, turn);
        var product = (a * b).ToString(CultureInfo.InvariantCulture);
        // Thousands may be set apart.
        run.Require($"the answer contains {product}",
            BasicSuite.Holds(turn.Answer.Replace(",", "", StringComparison.Ordinal), product), turn.LastLine);
    }

    private static async Task ExecutionAsync(CheckRun run, CancellationToken cancellationToken)
    {
        var session = await run.OpenSessionAsync("demo: execution", cancellationToken);
        var turn = await session.TurnAsync(
            Run("echo the answer is $((6*7)); echo warning: this line goes to stderr >&2"), cancellationToken);
        BasicSuite.RequireCompleted(run, turn);
        run.Require("the call of a tool is shown", turn.ToolUses.Any(), string.Join(", ", turn.ToolUses.Select(use => use.Name)));
        run.Require("its result holds what the command computed",
            turn.Outputs.Any(output => BasicSuite.Holds(output, "the answer is 42")), string.Join(" | ", turn.Outputs));
        run.Skip("stderr is kept apart", "an agent's own tool may put both outputs into one");
    }

    private static async Task FilesAsync(CheckRun run, CancellationToken cancellationToken)
    {
        var word = BasicSuite.Word();
        var session = await run.OpenSessionAsync("demo: files", cancellationToken);
        BasicSuite.RequireCompleted(run, await session.TurnAsync($"Write \"{word}\" to note.txt.", cancellationToken));
        await RequireFileAsync(run, session, "note.txt", word, cancellationToken);
        var read = await session.TurnAsync("Read note.txt.", cancellationToken);
        run.Require($"reading it gives {word}", BasicSuite.Holds(read.AllText, word), read.LastLine);
    }

    private static async Task CodeAsync(CheckRun run, CancellationToken cancellationToken)
    {
        const string Program = "seq 2 29 | factor | awk 'NF == 2 { print $2 }'";
        var session = await run.OpenSessionAsync("demo: code", cancellationToken);
        BasicSuite.RequireCompleted(run, await session.TurnAsync($"Write \"{Program}\" to primes.sh.", cancellationToken));
        await RequireFileAsync(run, session, "primes.sh", Program, cancellationToken);
        var turn = await session.TurnAsync(Run("sh primes.sh"), cancellationToken);
        run.Require("running the script printed the primes",
            turn.Outputs.Any(output => BasicSuite.Holds(BasicSuite.OnOneLine(output), BasicSuite.Primes)),
            string.Join(" | ", turn.Outputs.Select(BasicSuite.OnOneLine)));
    }

    private static async Task SequenceAsync(CheckRun run, CancellationToken cancellationToken)
    {
        var word = BasicSuite.Word();
        var session = await run.OpenSessionAsync("demo: sequence", cancellationToken);
        var turns = new List<DemoTurn>();
        foreach (var command in (string[])[$"echo {word} > chain-1", "tr a-z A-Z < chain-1 > chain-2", "rev chain-2"])
        {
            turns.Add(await session.TurnAsync(Run(command), cancellationToken));
        }

        run.Require("all turns complete", turns.TrueForAll(turn => turn.Result.Completed),
            string.Join(", ", turns.Select(turn => turn.Result.Outcome)));
        var expected = new string([.. word.ToUpperInvariant().Reverse()]);
        run.Require($"the last step gives {expected}", BasicSuite.Holds(turns[^1].AllText, expected), turns[^1].LastLine);
    }

    private static async Task ErrorAsync(CheckRun run, CancellationToken cancellationToken)
    {
        var session = await run.OpenSessionAsync("demo: error", cancellationToken);
        // The first turn also makes the sandbox, which takes its time; it is not what is to be cut off.
        BasicSuite.RequireCompleted(run, await session.TurnAsync(Run("echo ready"), cancellationToken));
        var turn = await session.TurnAsync(Run("tail -f /dev/null"), cancellationToken, TooShort);
        BasicSuite.RequireError(run, turn);
        run.Require("it is a timeout", turn.Result.Error?.Category == ErrorCategory.Timeout, turn.Result.Error?.Category ?? "none");
        var next = await session.TurnAsync(Run("echo $((2+2))"), cancellationToken);
        run.Require("the session answers the next message",
            next.Result.Completed && BasicSuite.Holds(next.AllText, "4"), next.LastLine);
    }

    private static async Task<string> ReadAsync(
        ColloquyClient client, DemoSession session, string file, CancellationToken cancellationToken)
    {
        try
        {
            await using var content = await client.Files.OpenAsync(session.Id, file, cancellationToken);
            using var reader = new StreamReader(content);
            return await reader.ReadToEndAsync(cancellationToken);
        }
        catch (ApiErrorException exception)
        {
            return exception.Info.Message;
        }
    }
}
