using System.Diagnostics;
using System.Globalization;
using Colloquy.Silo;

namespace Colloquy.EndToEnd;

/// <summary><c>colloquy up</c> as a process of its own, so that it can be killed as a machine kills it.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(20);

    private readonly Process _process;

    private ServerProcess(Process process, string url) => (_process, Url) = (process, url);

    public string Url { get; }

    public static async Task<ServerProcess> StartAsync(string dataFolder)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])[CliDll, "up", "--urls", "http://127.0.0.1:0", "--data", dataFolder])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        var url = await ReadUrlAsync(process, dataFolder);
        _ = process.StandardOutput.ReadToEndAsync();
        _ = process.StandardError.ReadToEndAsync();
        return new ServerProcess(process, url);
    }

    /// <summary>kill -9: nothing gets a chance to tidy up.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>As Ctrl-C does: the server pauses its sandboxes, so that nothing of them runs on.</summary>
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

    private static string CliDll => Path.Combine(AppContext.BaseDirectory, "colloquy.dll");

    /// <summary>The server notes its URL in the data folder before it says that it is up.</summary>
    private static async Task<string> ReadUrlAsync(Process process, string dataFolder)
    {
        var said = new List<string>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            said.Add(line);
            if (RunningServer.FindUrl(dataFolder) is { } url)
            {
                return url;
            }
        }

        throw new InvalidOperationException(
            $"The server did not say its URL:\n{string.Join('\n', said)}\n{await process.StandardError.ReadToEndAsync()}");
    }
}
