using Colloquy.Silo;

namespace Colloquy.EndToEnd;

/// <summary><c>colloquy up</c> as a process of its own.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly ProgramProcess _program;

    private ServerProcess(ProgramProcess program, string url) => (_program, Url) = (program, url);

    public string Url { get; }

    public static async Task<ServerProcess> StartAsync(
        string dataFolder, IReadOnlyDictionary<string, string>? environment = null)
    {
        // The server notes its URL in the data folder before it says that it is up.
        var (program, url) = await ProgramProcess.StartAsync(
            ["up", "--urls", "http://127.0.0.1:0", "--data", dataFolder],
            environment ?? new Dictionary<string, string>(), _ => RunningServer.FindUrl(dataFolder));
        return new ServerProcess(program, url);
    }

    /// <inheritdoc cref="ProgramProcess.KillAsync"/>
    public Task KillAsync() => _program.KillAsync();

    /// <summary>As Ctrl-C does: the server pauses its sandboxes, so that nothing of them runs on.</summary>
    public void Dispose() => _program.Dispose();
}
