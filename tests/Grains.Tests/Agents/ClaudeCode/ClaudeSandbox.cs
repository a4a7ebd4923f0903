using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using Colloquy.Agents;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Agents.ClaudeCode;
using Xunit;

namespace Colloquy.Grains.Tests.Agents.ClaudeCode;

/// <summary>
/// A home folder in which turns of Claude Code run as the launcher starts them, with a program in place of the CLI
/// that notes what it was given and keeps its conversation as the CLI does.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class ClaudeSandbox : IDisposable
{
    private const string Claude = """
        #!/bin/sh
        printf '%s\n' "$@" >"$TURN_DIR/seen.arguments"
        env >"$TURN_DIR/seen.variables"
        cat <&3 >"$TURN_DIR/seen.credential"
        cat >"$TURN_DIR/seen.input"
        for argument; do
          case $argument in --session-id=* | --resume=*) id=${argument#*=} ;; esac
        done
        mkdir -p "$CLAUDE_CONFIG_DIR/projects/-home"
        [ -n "${STUB_FORGETS:-}" ] || cat "$TURN_DIR/seen.input" >>"$CLAUDE_CONFIG_DIR/projects/-home/$id.jsonl"
        [ -z "${STUB_SIGNAL:-}" ] || kill -s "$STUB_SIGNAL" $$
        exit "${STUB_EXIT:-0}"
        """;

    public const string Gateway = "http://127.0.0.1:49984";

    private readonly string _home = Directory.CreateTempSubdirectory("colloquy-claude-").FullName;

    public ClaudeSandbox()
    {
        var program = Directory.CreateDirectory(Path.Combine(_home, "bin")).FullName + "/claude";
        File.WriteAllText(program, Claude);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    public string Records => Path.Combine(_home, ".colloquy/claude/projects/-home");

    public string? GatewayUrl { get; set; } = Gateway;

    public async Task<ClaudeTurn> RunAsync(
        int number, string prompt = "Hello", string history = "", AgentDefinition? agent = null,
        Dictionary<string, string>? variables = null)
    {
        agent ??= ClaudeTurns.Agent;
        agent = agent with { Variables = variables ?? [] };
        var turn = ClaudeTurns.Turn(number, prompt);
        var run = new ClaudeCodeRuntime(new ModelAccessOptions()).Prepare(agent, turn);
        var plan = Launcher.Plan(turn, run, Encoding.UTF8.GetBytes(history));
        foreach (var file in plan.Files)
        {
            var path = Path.Combine(_home, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllBytesAsync(path, file.Content.ToArray(), TestContext.Current.CancellationToken);
        }

        var start = new ProcessStartInfo(plan.Run.Program, plan.Run.Arguments)
        {
            WorkingDirectory = _home,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["HOME"] = _home;
        start.Environment["PATH"] = $"{_home}/bin:/usr/local/bin:/usr/bin:/bin";
        if (GatewayUrl is not null)
        {
            start.Environment["COLLOQUY_GATEWAY_URL"] = GatewayUrl;
        }

        using var process = Process.Start(start)!;
        var finished = await LauncherHome.FinishAsync(process);
        return new ClaudeTurn(Path.Combine(_home, Launcher.FolderOf(turn.Turn)), finished);
    }

    public void Uninstall() => File.Delete(Path.Combine(_home, "bin/claude"));

    /// <summary>Everything but what is in the workspace, as when the sandbox is built anew from a copy.</summary>
    public void Rebuild() => Directory.Delete(Path.Combine(_home, ".colloquy"), recursive: true);

    public IEnumerable<string> Workspace =>
        Directory.EnumerateFileSystemEntries(_home).Select(path => Path.GetFileName(path)!).Where(name => name is not ("bin" or ".colloquy"));

    public void Dispose() => Directory.Delete(_home, recursive: true);
}

/// <summary>What the program in place of the CLI was given.</summary>
internal sealed class ClaudeTurn(string folder, Finished finished)
{
    public int ExitCode => finished.AgentExitCode;

    public string Errors => Encoding.UTF8.GetString(finished.AgentStderr);

    public string[] Arguments => File.ReadAllLines(Seen("arguments"));

    public Dictionary<string, string> Variables => File.ReadAllLines(Seen("variables"))
        .Where(line => line.Contains('=', StringComparison.Ordinal))
        .Select(line => line.Split('=', 2))
        .ToDictionary(pair => pair[0], pair => pair[1]);

    public string Credential => File.ReadAllText(Seen("credential")).TrimEnd('\n');

    public JsonElement Message =>
        JsonSerializer.Deserialize<JsonElement>(Assert.Single(File.ReadAllLines(Seen("input"))));

    /// <summary>The texts of the message.</summary>
    public string[] Texts => [.. Message.GetProperty("message").GetProperty("content").EnumerateArray()
        .Select(block => block.GetProperty("text").GetString()!)];

    public string? Resumed => ValueOf("--resume=");

    public string? Began => ValueOf("--session-id=");

    public string? ValueOf(string flag) =>
        Arguments.SingleOrDefault(argument => argument.StartsWith(flag, StringComparison.Ordinal))?[flag.Length..];

    public string FileOf(string flag) => File.ReadAllText(ValueOf(flag)!);

    private string Seen(string what) => Path.Combine(folder, $"seen.{what}");
}
