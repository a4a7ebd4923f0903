using System.Globalization;
using System.Security.Cryptography;
using Colloquy.Errors;
using Colloquy.Sessions;

namespace Colloquy.Cli.Demo;

/// <summary>What one turn can do. Numbers and words are random, so that nothing can be known in advance.</summary>
internal static class BasicSuite
{
    public static readonly IReadOnlyList<Check> Checks =
    [
        new(Suites.Basic, "simple arithmetic",
            "A message goes in, the agent answers, and the turn is accounted for.",
            "the product of two random numbers as the answer", ArithmeticAsync),
        new(Suites.Basic, "detailed execution",
            "The agent runs a command in its sandbox; both of the command's outputs are kept apart and shown.",
            "6*7 computed on stdout, a warning on stderr", ExecutionAsync),
        new(Suites.Basic, "file operations",
            "The sandbox has a workspace of its own in which the agent writes, lists, reads and counts.",
            "a random word comes back out of a file that the listing shows", FilesAsync),
        new(Suites.Basic, "code generation",
            "The agent writes a program and runs it where it can do no harm.",
            "a script on disk, and the first ten primes from running it", CodeAsync),
        new(Suites.Basic, "sequential tasks",
            "One message asks for several steps, each of which needs the one before.",
            "the steps in their order, and a result that only all of them together give", SequenceAsync),
        new(Suites.Basic, "error report",
            "A turn fails. The error says everything that helps, and the session stays usable.",
            "category, exit code, elapsed time, sandbox and output; then an answer in the same session", ErrorAsync),
    ];

    internal const string Primes = "2 3 5 7 11 13 17 19 23 29";

    private static async Task ArithmeticAsync(CheckRun run, CancellationToken cancellationToken)
    {
        var (a, b) = (RandomNumberGenerator.GetInt32(12, 99), RandomNumberGenerator.GetInt32(12, 99));
        var session = await run.OpenSessionAsync("demo: arithmetic", cancellationToken);
        var turn = await session.TurnAsync($"What is {a}*{b}?", cancellationToken);
        RequireCompleted(run, turn);
        run.Require($"the answer contains {a * b}", Holds(turn.Answer, Text(a * b)), turn.LastLine);
    }

    private static async Task ExecutionAsync(CheckRun run, CancellationToken cancellationToken)
    {
        var session = await run.OpenSessionAsync("demo: execution", cancellationToken);
        var turn = await session.TurnAsync(
            "Run echo the answer is $((6*7)); echo warning: this line goes to stderr >&2", cancellationToken);
        RequireCompleted(run, turn);
        var results = turn.ToolResults.ToList();
        run.Require("stdout holds what the command computed",
            results.Exists(result => Holds(result.Stdout, "the answer is 42")),
            string.Join(" ", results.Select(result => result.Stdout)));
        run.Require("stderr is kept apart",
            results.Exists(result => Holds(result.Stderr, "warning") && !Holds(result.Stdout, "warning")),
            string.Join(" ", results.Select(result => result.Stderr)));
    }

    private static async Task FilesAsync(CheckRun run, CancellationToken cancellationToken)
    {
        var word = Word();
        var session = await run.OpenSessionAsync("demo: files", cancellationToken);
        var turn = await session.TurnAsync(
            $"Write {word} to note.txt. List . Count lines in note.txt. Read note.txt.", cancellationToken);
        RequireCompleted(run, turn);
        run.Require("the listing shows the file",
            turn.Outputs.Any(output => Holds(output, "note.txt")), string.Join(" | ", turn.Outputs));
        run.Require($"reading it gives {word}", Holds(turn.AllText, word), turn.LastLine);
    }

    private static async Task CodeAsync(CheckRun run, CancellationToken cancellationToken)
    {
        var session = await run.OpenSessionAsync("demo: code", cancellationToken);
        var turn = await session.TurnAsync(
            "Write a script that prints the first 10 primes to primes.sh and run it.", cancellationToken);
        RequireCompleted(run, turn);
        run.Require("running the script printed the primes",
            turn.Outputs.Any(output => Holds(OnOneLine(output), Primes)),
            string.Join(" | ", turn.Outputs.Select(OnOneLine)));
        var read = await session.TurnAsync("Read primes.sh.", cancellationToken);
        run.Require("the script is on disk, and it is a program, not a list",
            read.Outputs.Any(program => program.Length > Primes.Length && !Holds(OnOneLine(program), "13 17 19")),
            $"{read.Outputs.Select(program => Rendering.Printable.Lines(program).Count).DefaultIfEmpty().Max()} lines");
    }

    private static async Task SequenceAsync(CheckRun run, CancellationToken cancellationToken)
    {
        var word = Word();
        var session = await run.OpenSessionAsync("demo: sequence", cancellationToken);
        var turn = await session.TurnAsync(
            $"Write {word} to chain-1. Run tr a-z A-Z < chain-1 > chain-2. Run rev chain-2 > chain-3. Read chain-3.",
            cancellationToken);
        RequireCompleted(run, turn);
        var uses = turn.ToolUses.ToList();
        run.Require("there are at least four steps", uses.Count >= 4, $"{uses.Count}: {string.Join(", ", uses.Select(use => use.Name))}");
        var expected = new string([.. word.ToUpperInvariant().Reverse()]);
        run.Require($"the last step gives {expected}", Holds(turn.AllText, expected), turn.LastLine);
    }

    private static async Task ErrorAsync(CheckRun run, CancellationToken cancellationToken)
    {
        var session = await run.OpenSessionAsync("demo: error", cancellationToken);
        var turn = await session.TurnAsync("Fail with exit code 3", cancellationToken);
        RequireError(run, turn);
        var error = turn.Result.Error;
        run.Require("its exit code is 3", error?.ExitCode == 3,
            $"exit code {error?.ExitCode?.ToString(CultureInfo.InvariantCulture) ?? "none"}, category {error?.Category}");
        var next = await session.TurnAsync("What is 2+2?", cancellationToken);
        run.Require("the session answers the next message", next.Result.Completed && Holds(next.LastLine, "4"), next.LastLine);
    }

    internal static void RequireError(CheckRun run, DemoTurn turn)
    {
        run.Require("the turn fails", turn.Result.Outcome == TurnOutcome.Failed, turn.Result.Outcome);
        var error = turn.Result.Error;
        run.Require("the error has a category, its elapsed time and its sandbox",
            error is { ElapsedSeconds: > 0, SandboxId.Length: > 0 } && ErrorCategory.All.Contains(error.Category),
            error is null ? "no error" : string.Create(CultureInfo.InvariantCulture,
                $"{error.Category}, {error.ElapsedSeconds:0.00} s, {error.SandboxId}"));
    }

    internal static void RequireCompleted(CheckRun run, DemoTurn turn) =>
        run.Require("the turn completes", turn.Result.Completed, turn.Result.Error?.Message ?? turn.Result.Outcome);

    internal static string Word() => "word" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));

    internal static bool Holds(string? text, string part) => text?.Contains(part, StringComparison.Ordinal) == true;

    internal static string OnOneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
