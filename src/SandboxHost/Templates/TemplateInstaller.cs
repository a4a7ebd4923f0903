using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Colloquy.SandboxHost.Templates;

/// <summary>
/// Fills a template by its commands, once. The result is named by the hash of the commands, so that a changed
/// template is installed anew while sandboxes of the old one keep theirs.
/// </summary>
internal sealed partial class TemplateInstaller(
    string name, string home, IReadOnlyList<IReadOnlyList<string>> commands, ILogger log)
{
    private const int TailOfOutput = 2000;
    private const int HashLength = 16;

    private static readonly HashSet<string> Passed = new(StringComparer.OrdinalIgnoreCase)
    {
        "PATH", "HOME", "LANG", "TMPDIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
    };

    private static readonly string[] PassedPrefixes = ["LC_", "npm_config_", "PIP_", "NODE_EXTRA_CA", "SSL_CERT"];

    private readonly string _hash = HashOf(commands);

    /// <summary>The folder with what was installed.</summary>
    internal string Target => Path.Combine(home, $"{TemplateReader.Installed}-{_hash}");

    internal bool IsDone => Directory.Exists(Target);

    /// <returns>The folder with what was installed.</returns>
    /// <exception cref="TemplateException">A command failed; nothing is left of it.</exception>
    internal async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        LogInstalling(name, Target);
        var started = Stopwatch.GetTimestamp();
        // Made aside and renamed: a server that dies in between leaves nothing that looks finished.
        var work = Path.Combine(home, $"installing-{_hash}");
        if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        Directory.CreateDirectory(work);
        foreach (var command in commands) await RunAsync(work, command, cancellationToken);
        Directory.Move(work, Target);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        LogInstalled(name, seconds);
        return Target;
    }

    private async Task RunAsync(string work, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = work,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var variable in start.Environment.Keys.Where(variable => !IsHarmless(variable)).ToList())
            start.Environment.Remove(variable);
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception missing)
        {
            throw new TemplateException($"Template '{name}' needs the program '{command[0]}' on this machine: {missing.Message}.", missing);
        }

        using (process)
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            try
            {
                await process.WaitForExitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }

            if (process.ExitCode != 0)
            {
                var said = await output + await errors;
                throw new TemplateException(
                    $"Installing template '{name}' failed: `{string.Join(' ', command)}` ended with {process.ExitCode}. "
                    + $"It said: {said[Math.Max(0, said.Length - TailOfOutput)..].Trim()}");
            }
        }
    }

    // Packages run scripts when they are installed; the server's keys are none of their business.
    private static bool IsHarmless(string variable) =>
        Passed.Contains(variable) || PassedPrefixes.Any(prefix => variable.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    private static string HashOf(IReadOnlyList<IReadOnlyList<string>> commands)
    {
        var text = string.Join('\n', commands.Select(command => string.Join('\0', command)));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..HashLength];
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Installing template {Template} into {Folder}; this happens once and may take a minute")]
    private partial void LogInstalling(string template, string folder);

    [LoggerMessage(Level = LogLevel.Information, Message = "Template {Template} is installed ({Seconds:0.0} s)")]
    private partial void LogInstalled(string template, double seconds);
}
