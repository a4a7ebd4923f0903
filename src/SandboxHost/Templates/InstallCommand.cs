using System.ComponentModel;
using System.Diagnostics;

namespace Colloquy.SandboxHost.Templates;

/// <summary>Runs a command of an installation on the host, without the secrets of the server.</summary>
internal static class InstallCommand
{
    private const int TailOfOutput = 2000;

    private static readonly HashSet<string> Passed = new(StringComparer.OrdinalIgnoreCase)
    {
        "PATH", "HOME", "LANG", "TMPDIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
    };

    private static readonly string[] PassedPrefixes = ["LC_", "npm_config_", "PIP_", "NODE_EXTRA_CA", "SSL_CERT"];

    /// <param name="work">The folder it runs in.</param>
    /// <exception cref="TemplateException">It failed, or is not there.</exception>
    internal static async Task RunAsync(
        string template, string work, IReadOnlyList<string> command, CancellationToken cancellationToken)
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
            throw new TemplateException(
                $"Template '{template}' needs the program '{command[0]}' on this machine, which cannot be started "
                + $"({missing.Message}). Install it (on Debian and Ubuntu: apt-get install {command[0]}) and try again.",
                missing);
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
                    $"Installing template '{template}' failed: `{string.Join(' ', command)}` ended with {process.ExitCode}. "
                    + $"It said: {said[Math.Max(0, said.Length - TailOfOutput)..].Trim()}");
            }
        }
    }

    // Packages run scripts when they are installed; the server's keys are none of their business.
    private static bool IsHarmless(string variable) =>
        Passed.Contains(variable) || PassedPrefixes.Any(prefix => variable.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
}
