using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Colloquy.Sessions;

namespace Colloquy.Grains.Agents.Offline;

/// <summary>
/// The plan as offline.sh reads it: a shell file that calls one function of the script per step, each argument one
/// single-quoted word. So any text is safe, the shell needs no decoder (each would be a process), and long texts are
/// read at once instead of byte by byte. Texts to be printed are JSON strings already, but for their quotes.
/// </summary>
internal static class OfflinePlan
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(SessionId session, TurnId turn, string prompt, IEnumerable<OfflineStep> steps)
    {
        var plan = new StringBuilder();
        Call(plan, "begin", session.Value, turn.Value, Number(Encoding.UTF8.GetByteCount(prompt)));
        foreach (var step in steps)
        {
            Write(plan, step);
        }

        Call(plan, "finish");
        return plan.ToString();
    }

    private static void Write(StringBuilder plan, OfflineStep step)
    {
        switch (step)
        {
            case Say(var text):
                Call(plan, "say", Json(text));
                break;
            case Speak(var text):
                Call(plan, "speak", Json(text));
                break;
            case Memorize(var fact):
                Call(plan, "say", Json($"I will remember: {fact}."));
                break;
            case Recall(var subject):
                Call(plan, "recall", Json(subject), Json(Unknown(subject)));
                break;
            case WriteFile(var path, var content):
                var written = $"Wrote {Number(Encoding.UTF8.GetByteCount(content))} bytes to {path}.";
                Tool(plan, "Write", new() { ["file_path"] = path, ["content"] = content }, new(written, "", ""), "write_file", path, content);
                break;
            case ReadFile(var path):
                Tool(plan, "Read", new() { ["file_path"] = path }, new($"{path} is empty.", $"{path} says:\n", ""), "read_file", path);
                break;
            case ListFolder(var path):
                Bash(plan, $"ls -A -- {Shell.QuoteIfNeeded(path)}", new($"{path} is empty.", $"{path} contains:\n", ""));
                break;
            case Count(var unit, var path):
                Bash(plan, $"wc -{Flag(unit)} < {Shell.QuoteIfNeeded(path)}", new("", $"{path}: ", $" {Name(unit)}."));
                break;
            case RunCommand(var command):
                Bash(plan, command, new("The command succeeded and printed nothing.", "The command succeeded and printed:\n", ""));
                break;
            case Sleep(var seconds):
                Bash(plan, $"sleep {seconds}", new($"I slept for {seconds} seconds.", "", ""));
                break;
            case Emit(var count):
                Call(plan, "emit", Number(count));
                break;
            case Fail(var code, var message):
                Call(plan, "fail", Number(code), Json($"I was told to fail with exit code {code}: {message}"), message);
                break;
            default:
                throw new InvalidOperationException($"The plan has no encoding for the step '{step}'.");
        }
    }

    private static void Bash(StringBuilder plan, string command, Wording wording) =>
        Tool(plan, "Bash", new() { ["command"] = command }, wording, "sh", "-c", command);

    private static void Tool(StringBuilder plan, string name, JsonObject input, Wording wording, params string[] command) =>
        Call(plan, "tool", [
            name, input.ToJsonString(Readable), Json(wording.IfSilent), Json(wording.Before), Json(wording.After), .. command]);

    private static void Call(StringBuilder plan, string function, params string[] arguments)
    {
        plan.Append(function);
        foreach (var argument in arguments)
        {
            plan.Append(' ').Append(Shell.Quote(argument));
        }

        plan.Append('\n');
    }

    private static string Unknown(string subject) => subject.Length == 0
        ? "You have told me nothing to remember in this conversation yet."
        : $"I do not know what {subject} is: you have not told me in this conversation. {OfflinePlanner.Help}";

    private static string Json(string text) => JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static char Flag(CountUnit unit) => unit switch
    {
        CountUnit.Lines => 'l',
        CountUnit.Words => 'w',
        CountUnit.Bytes => 'c',
        _ => 'm',
    };

    private static string Name(CountUnit unit) => unit switch
    {
        CountUnit.Lines => "lines",
        CountUnit.Words => "words",
        CountUnit.Bytes => "bytes",
        _ => "characters",
    };

    /// <summary>How the answer words what a tool printed: what stands for no output, and what stands around some.</summary>
    private sealed record Wording(string IfSilent, string Before, string After);
}
