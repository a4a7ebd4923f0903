using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Agents;

/// <summary>A home folder in which the real launcher runs, as it would in a sandbox.</summary>
internal sealed class LauncherHome : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("colloquy-launcher-").FullName;

    public TurnId Turn { get; } = new("turn_1");

    public string PathOf(string file) => Path.Combine(_home, file);

    public string TurnFile(string name) => Path.Combine(_home, Launcher.FolderOf(Turn), name);

    public string History => File.ReadAllText(Path.Combine(_home, Launcher.HistoryPath));

    /// <summary>Uploads a turn whose agent is this shell script.</summary>
    public ProcessSpec Prepare(string script, string prompt = "", string history = "") =>
        Prepare(["/bin/sh", "-c", script], prompt, history);

    public ProcessSpec Prepare(
        IReadOnlyList<string> command, string prompt = "", string history = "", Dictionary<string, string>? variables = null)
    {
        var turn = new AgentTurn(new SessionId("sesn_1"), Turn, prompt, 1, "");
        var run = new AgentRun([new SandboxFile("prompt", Encoding.UTF8.GetBytes(prompt))], command, variables ?? []);
        return Prepare(turn, run, history);
    }

    public ProcessSpec Prepare(AgentTurn turn, AgentRun run, string history = "")
    {
        var plan = Launcher.Plan(turn, run, Encoding.UTF8.GetBytes(history));
        Directory.CreateDirectory(Path.Combine(_home, Launcher.FolderOf(turn.Turn)));
        foreach (var file in plan.Files)
        {
            var path = Path.Combine(_home, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, file.Content.Span);
        }

        return plan.Run;
    }

    public Process Start(ProcessSpec spec)
    {
        var start = new ProcessStartInfo(spec.Program, spec.Arguments)
        {
            WorkingDirectory = _home,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["HOME"] = _home },
        };
        return Process.Start(start)!;
    }

    /// <summary>Runs it to its end.</summary>
    public async Task<Finished> RunAsync(ProcessSpec spec)
    {
        using var process = Start(spec);
        return await FinishAsync(process);
    }

    public static async Task<Finished> FinishAsync(Process process)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var error = process.StandardError.ReadToEndAsync(cancellation);
        using var output = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(output, cancellation);
        await process.WaitForExitAsync(cancellation);
        return new Finished(process.ExitCode, output.ToArray(), await error);
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);
}

internal sealed record Finished(int ExitCode, byte[] Bytes, string Error)
{
    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>What the agent wrote, without the launcher's last line and the newline before it.</summary>
    public string AgentText => Text[..Text.TrimEnd('\n').LastIndexOf('\n')];

    public int AgentExitCode => LastLine.GetProperty("exit_code").GetInt32();

    public byte[] AgentStderr => LastLine.GetProperty("stderr").GetBytesFromBase64();

    private JsonElement LastLine
    {
        get
        {
            var line = JsonDocument.Parse(Text.TrimEnd('\n').Split('\n')[^1]).RootElement;
            Assert.Equal("launcher_exit", line.GetProperty("type").GetString());
            return line;
        }
    }
}
