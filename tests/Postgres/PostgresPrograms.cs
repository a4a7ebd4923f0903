using System.Diagnostics;

namespace Colloquy.Postgres;

/// <summary>PostgreSQL's own programs. They refuse to run as root, and then run as the user <c>postgres</c>.</summary>
internal static class PostgresPrograms
{
    private static readonly string Folder = FindFolder();

    public static bool RunsAsRoot => Environment.UserName == "root";

    /// <param name="program">One of PostgreSQL's, or <c>chown</c>.</param>
    /// <exception cref="InvalidOperationException">It failed; the message has what it said.</exception>
    public static async Task RunAsync(string program, IReadOnlyList<string> arguments)
    {
        // pg_ctl's server keeps what it inherits open for as long as it runs: only a file can take its output.
        var output = Path.GetTempFileName();
        var own = program == "chown" ? "exec \"$@\"" : $"exec {AsPostgres}\"$@\"";
        using var process = Start(
            $"{{ {own}; }} >'{output}' 2>&1", [program == "chown" ? program : Path.Combine(Folder, program), .. arguments]);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        var said = await File.ReadAllTextAsync(output);
        File.Delete(output);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {said}");
        }
    }

    /// <summary>Stops the server in <paramref name="data"/> when its input closes, and removes the folder.</summary>
    public static Process Guard(string folder, string data) => Start(
        $"trap '' INT TERM; cat >/dev/null; {AsPostgres}\"$1\" -D \"$2\" -m immediate stop >/dev/null 2>&1; rm -rf \"$3\"",
        [Path.Combine(Folder, "pg_ctl"), data, folder]);

    private static string AsPostgres => RunsAsRoot ? "setpriv --reuid=postgres --regid=postgres --clear-groups -- " : "";

    private static Process Start(string script, IReadOnlyList<string> arguments) => Process.Start(
        new ProcessStartInfo("/bin/sh", ["-c", script, "sh", .. arguments])
        {
            RedirectStandardInput = true,
            WorkingDirectory = "/",
        })!;

    /// <summary>Debian keeps them off the path, in a folder for each version.</summary>
    private static string FindFolder()
    {
        const string Versions = "/usr/lib/postgresql";
        var newest = Directory.Exists(Versions)
            ? Directory.GetDirectories(Versions)
                .Where(folder => File.Exists(Path.Combine(folder, "bin", "initdb")))
                .MaxBy(folder => int.TryParse(Path.GetFileName(folder), out var version) ? version : 0)
            : null;
        return newest is not null
            ? Path.Combine(newest, "bin")
            : throw new InvalidOperationException($"PostgreSQL is not in {Versions}. Install it: apt-get install postgresql");
    }
}
