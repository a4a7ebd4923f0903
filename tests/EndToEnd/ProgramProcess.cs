using System.Diagnostics;
using System.Globalization;

namespace Colloquy.EndToEnd;

/// <summary>A <c>colloquy</c> command as a process of its own, so that it can be stopped and killed as a machine does it.</summary>
internal sealed class ProgramProcess : IDisposable
{
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(20);

    private readonly Process _process;

    private ProgramProcess(Process process) => _process = process;

    /// <param name="findUrl">Told each line the program says, until it finds in it, or by it, where the program listens.</param>
    public static async Task<(ProgramProcess Program, string Url)> StartAsync(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, Func<string, string?> findUrl)
    {
        var process = Start(arguments, environment);
        var url = await ReadUrlAsync(process, findUrl);
        _ = process.StandardOutput.ReadToEndAsync();
        _ = process.StandardError.ReadToEndAsync();
        return (new ProgramProcess(process), url);
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<ProgramResult> RunAsync(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellationToken)
    {
        using var process = Start(arguments, environment);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return new ProgramResult(process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>kill -9: nothing gets a chance to tidy up.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>As Ctrl-C does.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            using (var terminate = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
            {
                terminate.WaitForExit();
            }

            if (!_process.WaitForExit(LongestStop))
            {
                _process.Kill();
            }
        }

        _process.Dispose();
    }

    private static Process Start(IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "colloquy.dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static async Task<string> ReadUrlAsync(Process process, Func<string, string?> findUrl)
    {
        var said = new List<string>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            said.Add(line);
            if (findUrl(line) is { } url)
            {
                return url;
            }
        }

        throw new InvalidOperationException(
            $"The program did not say its URL:\n{string.Join('\n', said)}\n{await process.StandardError.ReadToEndAsync()}");
    }
}

/// <summary>What a command that ended by itself left.</summary>
internal sealed record ProgramResult(int ExitCode, string Output, string Errors)
{
    /// <summary>For the message of a failing test.</summary>
    public string All => $"exit code {ExitCode}\n{Output}\n{Errors}";
}
