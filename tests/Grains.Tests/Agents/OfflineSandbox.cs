using System.Diagnostics;
using System.Text;
using Colloquy.Grains.Agents;
using Colloquy.Sessions;
using static Colloquy.Grains.Tests.Agents.OutputReading;

namespace Colloquy.Grains.Tests.Agents;

/// <summary>A home folder in which offline turns run as the launcher starts them.</summary>
internal sealed class OfflineSandbox : IDisposable
{
    private readonly List<string> _history = [];
    private int _turns;

    public string Home { get; } = Directory.CreateTempSubdirectory("colloquy-offline-").FullName;

    public string PathOf(string file) => Path.Combine(Home, file);

    public async Task<OfflineTurn> RunAsync(string prompt, CancellationToken cancellationToken)
    {
        using var process = Start(prompt);
        var output = ReadAsync(process.StandardOutput.BaseStream, cancellationToken);
        var errors = ReadAsync(process.StandardError.BaseStream, cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        var turn = new OfflineTurn(await output, Encoding.UTF8.GetString(await errors), process.ExitCode);
        Remember(prompt, turn);
        return turn;
    }

    /// <summary>Starts a turn as the leader of a process group whose id is the process id.</summary>
    public Process Start(string prompt)
    {
        var turn = new AgentTurn(Session, new TurnId($"turn_{++_turns}"), prompt, _turns, "");
        var run = OfflineRun.Of(turn);
        var folder = $".colloquy/turns/{turn.Turn}";
        Directory.CreateDirectory(PathOf(folder));
        foreach (var file in run.Files)
        {
            File.WriteAllBytes(PathOf(Path.Combine(folder, file.Path)), file.Content.ToArray());
        }

        File.WriteAllText(PathOf(Path.Combine(folder, "prompt")), prompt);
        File.WriteAllLines(PathOf(".colloquy/history.jsonl"), _history);
        var start = new ProcessStartInfo("setsid", run.Command)
        {
            WorkingDirectory = Home,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/bin:/usr/bin:/bin";
        start.Environment["HOME"] = Home;
        start.Environment["LANG"] = "C.UTF-8";
        start.Environment["TURN_DIR"] = PathOf(folder);
        start.Environment["HISTORY"] = PathOf(".colloquy/history.jsonl");
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    public void Dispose() => Directory.Delete(Home, recursive: true);

    private void Remember(string prompt, OfflineTurn turn)
    {
        _history.Add(System.Text.Json.JsonSerializer.Serialize(new { role = "user", text = prompt }));
        _history.Add(System.Text.Json.JsonSerializer.Serialize(new { role = "assistant", text = turn.Answer }));
    }

    private static async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, cancellationToken);
        return all.ToArray();
    }
}

internal sealed class OfflineTurn
{
    public OfflineTurn(byte[] output, string stderr, int exitCode)
    {
        var reader = Reader();
        Events = reader.ReadAll(output);
        Output = output;
        Result = reader.Result;
        Warnings = reader.Warnings;
        Stderr = stderr;
        ExitCode = exitCode;
    }

    public IReadOnlyList<AgentOutputEvent> Events { get; }
    public byte[] Output { get; }
    public AgentResult? Result { get; }
    public int Warnings { get; }
    public string Stderr { get; }
    public int ExitCode { get; }

    public IReadOnlyList<string> Messages => [.. Events.Bodies<AgentMessage>().Select(message => message.Text)];

    /// <summary>Everything said but the notice at the beginning.</summary>
    public string Answer => string.Join('\n', Messages.Skip(1));

    public AgentToolResult Tool => Events.Bodies<AgentToolResult>().Single();
}
