namespace Colloquy.SandboxHost.Isolation;

/// <summary>What the commands of one sandbox have in common.</summary>
/// <param name="Environment">What every command gets, as <c>NAME=value</c>. Seen on the host too.</param>
/// <param name="Joined">Gets the host's pid of everything that is about to enter, before it does anything.</param>
internal sealed record EntrySettings(ProcessFolders Folders, IReadOnlyList<string> Environment, Action<int> Joined)
{
    /// <param name="home">As commands see it.</param>
    internal static EntrySettings Of(SandboxFolder folder, string home, Action<int> joined) =>
        new(new ProcessFolders(folder.Processes), SandboxEnvironment.Base(folder.SandboxId, home), joined);
}
