using System.Globalization;
using System.Text;

namespace Colloquy.Grains.Sandboxes;

/// <summary>
/// Makes an archive of the workspace inside a sandbox, and takes one apart there. See <c>workspace.sh</c>.
/// </summary>
internal static class WorkspaceArchive
{
    /// <summary>Relative to the home folder.</summary>
    public const string Path = ".colloquy/workspace/archive.tar.gz";

    private static readonly string Script = EmbeddedFile.ReadText("workspace.sh");

    /// <param name="known">The fingerprint of files that need no archive; empty if there are none.</param>
    /// <exception cref="SandboxException">It did not work.</exception>
    public static async Task<PackedWorkspace> PackAsync(
        ISandbox sandbox, string known, long limit, CancellationToken cancellationToken)
    {
        var said = await RunAsync(
            sandbox, cancellationToken, "pack", known, limit.ToString(CultureInfo.InvariantCulture));
        var words = said.Output.TrimEnd().Split('\n')[^1].Split(' ');
        return said.ExitCode != 0 || !Enum.TryParse<PackOutcome>(words[0], ignoreCase: true, out var outcome)
            ? throw new SandboxException(
                SandboxFailure.Unavailable,
                $"The workspace could not be copied (exit code {said.ExitCode}): {said.Errors}")
            : new PackedWorkspace(outcome, words.Length > 1 ? words[1] : "");
    }

    /// <returns>Null if everything is there; else why not.</returns>
    /// <exception cref="SandboxException">The sandbox failed.</exception>
    public static async Task<string?> UnpackAsync(ISandbox sandbox, Stream archive, CancellationToken cancellationToken)
    {
        await sandbox.WriteAsync(Path, archive, cancellationToken);
        var said = await RunAsync(sandbox, cancellationToken, "unpack");
        return said.ExitCode == 0 ? null : said.Errors.Trim();
    }

    /// <exception cref="SandboxException">The sandbox failed.</exception>
    public static Task DiscardAsync(ISandbox sandbox) => RunAsync(sandbox, CancellationToken.None, "discard");

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        ISandbox sandbox, CancellationToken cancellationToken, params string[] arguments)
    {
        var (output, errors, code) = (new StringBuilder(), new StringBuilder(), 0);
        var process = new ProcessSpec("/bin/sh", ["-c", Script, "workspace.sh", .. arguments]);
        await foreach (var happening in sandbox.StartAsync(process, cancellationToken))
        {
            if (happening is ProcessOutput said)
            {
                (said.IsError ? errors : output).Append(Encoding.UTF8.GetString(said.Bytes.Span));
            }

            code = (happening as ProcessEnded)?.ExitCode ?? code;
        }

        return (code, output.ToString(), errors.ToString());
    }
}

internal sealed record PackedWorkspace(PackOutcome Outcome, string Fingerprint);

internal enum PackOutcome
{
    Untouched,
    Unchanged,
    Oversized,
    Packed,
}
