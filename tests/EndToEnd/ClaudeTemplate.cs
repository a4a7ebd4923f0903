namespace Colloquy.EndToEnd;

/// <summary>
/// The sandbox template with the real CLI, which is installed from npm at its first use: one installation for all
/// hosts of a test run instead of one for each data folder.
/// </summary>
internal sealed class ClaudeTemplate : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Where it is installed: for <c>SandboxHost:TemplateCache</c>.</summary>
    public string Folder => _folder.Path;

    /// <param name="hostFolder">The data folder of a sandbox host that has not been started yet.</param>
    public void LendTo(string hostFolder)
    {
        Directory.CreateDirectory(hostFolder);
        Directory.CreateSymbolicLink(Path.Combine(hostFolder, "templates"), _folder.Path);
    }

    public void Dispose() => _folder.Dispose();
}
