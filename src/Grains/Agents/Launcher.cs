using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;

namespace Colloquy.Grains.Agents;

/// <summary>What to upload and what to start, so that a turn's agent runs in a sandbox.</summary>
/// <param name="Files">
/// For one <see cref="ISandbox.WriteAsync(IReadOnlyList{SandboxFile}, CancellationToken)"/> before
/// <paramref name="Run"/>; empty if they fit into the start.
/// </param>
/// <param name="Run">Starts the agent and yields its output until it has ended.</param>
public sealed record LaunchPlan(IReadOnlyList<SandboxFile> Files, ProcessSpec Run);

/// <summary>
/// The small script that runs agents in sandboxes, the same at every provider. An agent runs on when its client goes
/// away, is never started twice, and its output ends in a line that says how it ended.
/// </summary>
public static class Launcher
{
    /// <summary>This turn was started before; nothing was done.</summary>
    public const int AlreadyStarted = 75;

    /// <summary>The agent was started, and nobody can say any more how it ended. What it wrote was shown.</summary>
    public const int Lost = 76;

    /// <summary>The agent was never started.</summary>
    public const int NotStarted = 77;

    /// <summary>The conversation so far, relative to the home folder: JSON lines <c>role</c>, <c>text</c>.</summary>
    public const string HistoryPath = ".colloquy/history.jsonl";

    /// <summary>A longer piece of history is copied from a file: a shell holds what it quotes in memory.</summary>
    internal const int LongestQuotedHistory = 64 * 1024;

    /// <summary>The agent's standard input: the user's message, unless the run has a file of this name.</summary>
    internal const string InputFile = "prompt";

    /// <summary>
    /// Small files travel with the start itself: an upload of their own would cost every turn a request. An argument
    /// may have 128 KiB, and all of them share a process's 2 MiB with its environment. A credential never travels like
    /// that: whoever may list processes reads their arguments.
    /// </summary>
    internal const int LargestInlineFiles = 96 * 1024;

    private static readonly string Script = EmbeddedFile.ReadText("launcher.sh");

    /// <summary>The turn's folder, relative to the home folder.</summary>
    public static string FolderOf(TurnId turn) => $".colloquy/turns/{turn}";

    /// <param name="historyDelta">
    /// What the conversation gained since the last turn that was started in this sandbox; whole lines.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The command is empty, or it or its environment cannot be passed to a process.
    /// </exception>
    public static LaunchPlan Plan(AgentTurn turn, AgentRun run, ReadOnlyMemory<byte> historyDelta)
    {
        var quoteHistory = historyDelta.Length <= LongestQuotedHistory;
        List<SandboxFile> files =
        [
            .. run.Files,
            new("command.sh", CommandScript(turn, run, historyDelta, quoteHistory)),
        ];
        if (run.Files.All(file => file.Path != InputFile))
        {
            files.Add(new SandboxFile(InputFile, Encoding.UTF8.GetBytes(turn.Prompt)));
        }

        if (!quoteHistory)
        {
            files.Add(new SandboxFile("history", historyDelta));
        }

        if (turn.Model is null &&
            files.Sum(file => (long)file.Content.Length) <= LargestInlineFiles && files.TrueForAll(FitsIntoArgument))
        {
            var contents = files.SelectMany(file => (string[])[file.Path, Encoding.UTF8.GetString(file.Content.Span)]);
            return new LaunchPlan([], Verb("run", turn.Turn, [.. contents]));
        }

        var folder = FolderOf(turn.Turn);
        return new LaunchPlan(
            [.. files.Select(file => file with { Path = $"{folder}/{file.Path}" })], Verb("run", turn.Turn));
    }

    /// <summary>Yields the output of a turn that was started before, from <paramref name="offset"/> bytes on.</summary>
    public static ProcessSpec Follow(TurnId turn, long offset) =>
        Verb("follow", turn, offset.ToString(CultureInfo.InvariantCulture));

    /// <summary>Ends the agent within a second; its last line still comes. Fine if it has ended already.</summary>
    public static ProcessSpec Stop(TurnId turn) => Verb("stop", turn);

    private static ProcessSpec Verb(string verb, TurnId turn, params string[] more)
    {
        var folder = FolderOf(turn);
        return new ProcessSpec("/bin/sh", ["-c", Script, "launcher.sh", verb, folder, .. more]);
    }

    /// <summary>An argument is text without NUL, and the launcher makes no folders for what it is given.</summary>
    private static bool FitsIntoArgument(SandboxFile file) =>
        !file.Path.Contains('/', StringComparison.Ordinal) &&
        !file.Content.Span.Contains((byte)0) &&
        Utf8.IsValid(file.Content.Span);

    private static byte[] CommandScript(
        AgentTurn turn, AgentRun run, ReadOnlyMemory<byte> historyDelta, bool quoteHistory)
    {
        if (run.Command.Count == 0)
        {
            throw new ArgumentException("The agent's command is empty.", nameof(run));
        }

        using var script = new MemoryStream();
        if (turn.Model is not null)
        {
            // What is stored of the workspace or read by a later turn has no credential. The shell reads on.
            script.Write("rm -f \"$TURN_DIR/command.sh\"\n"u8);
        }

        if (!quoteHistory)
        {
            script.Write("cat \"$TURN_DIR/history\" >>\"$HISTORY\" || exit\n"u8);
        }
        else if (!historyDelta.IsEmpty)
        {
            // Printed by the shell itself: another process would cost a millisecond of every turn.
            script.Write("printf %s "u8);
            script.Write(ShellText.Quote(historyDelta.Span));
            script.Write(" >>\"$HISTORY\" || exit\n"u8);
        }

        var variables = TurnVariables.AddedTo(run.Environment, turn);
        foreach (var (name, value) in variables.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            script.Write(Encoding.UTF8.GetBytes($"export {ShellText.Name(name)}={ShellText.Quote(value)}\n"));
        }

        var command = string.Join(' ', run.Command.Select(ShellText.Quote));
        script.Write(Encoding.UTF8.GetBytes($"exec setsid -- {command}\n"));
        return script.ToArray();
    }
}
