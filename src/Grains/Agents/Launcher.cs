using System.Globalization;
using System.Text;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;

namespace Colloquy.Grains.Agents;

/// <summary>What to upload and what to start, so that a turn's agent runs in a sandbox.</summary>
/// <param name="Files">For one <see cref="ISandbox.WriteAsync"/> before <paramref name="Run"/>.</param>
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

    private static readonly byte[] Script = ReadScript();

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
        var folder = FolderOf(turn.Turn);
        var quoteHistory = historyDelta.Length <= LongestQuotedHistory;
        List<SandboxFile> files =
        [
            .. run.Files.Select(file => file with { Path = $"{folder}/{file.Path}" }),
            new($"{folder}/prompt", Encoding.UTF8.GetBytes(turn.Prompt)),
            new($"{folder}/command.sh", CommandScript(run, historyDelta, quoteHistory)),
            new($"{folder}/launcher.sh", Script),
        ];
        if (!quoteHistory)
        {
            files.Add(new SandboxFile($"{folder}/history", historyDelta));
        }

        return new LaunchPlan(files, Verb("run", turn.Turn));
    }

    /// <summary>Yields the output of a turn that was started before, from <paramref name="offset"/> bytes on.</summary>
    public static ProcessSpec Follow(TurnId turn, long offset) =>
        Verb("follow", turn, offset.ToString(CultureInfo.InvariantCulture));

    /// <summary>Ends the agent within a second; its last line still comes. Fine if it has ended already.</summary>
    public static ProcessSpec Stop(TurnId turn) => Verb("stop", turn);

    /// <summary>The shell could not open the launcher itself: dash says 2, other shells 127.</summary>
    public static bool WasNotUploaded(int? exitCode) => exitCode is 2 or 127;

    private static ProcessSpec Verb(string verb, TurnId turn, params string[] more)
    {
        var folder = FolderOf(turn);
        return new ProcessSpec("/bin/sh", [$"{folder}/launcher.sh", verb, folder, .. more]);
    }

    private static byte[] CommandScript(AgentRun run, ReadOnlyMemory<byte> historyDelta, bool quoteHistory)
    {
        if (run.Command.Count == 0)
        {
            throw new ArgumentException("The agent's command is empty.", nameof(run));
        }

        using var script = new MemoryStream();
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

        foreach (var (name, value) in run.Environment.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            script.Write(Encoding.UTF8.GetBytes($"export {ShellText.Name(name)}={ShellText.Quote(value)}\n"));
        }

        var command = string.Join(' ', run.Command.Select(ShellText.Quote));
        script.Write(Encoding.UTF8.GetBytes($"exec setsid -- {command}\n"));
        return script.ToArray();
    }

    private static byte[] ReadScript()
    {
        using var resource = typeof(Launcher).Assembly.GetManifestResourceStream("Colloquy.launcher.sh")
            ?? throw new InvalidOperationException("The launcher script is missing from the assembly.");
        using var bytes = new MemoryStream();
        resource.CopyTo(bytes);
        return bytes.ToArray();
    }
}
