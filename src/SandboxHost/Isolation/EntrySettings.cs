using Colloquy.SandboxHost.Limits;

namespace Colloquy.SandboxHost.Isolation;

/// <summary>What the commands of one sandbox have in common.</summary>
/// <param name="Environment">What every command gets, as <c>NAME=value</c>. Seen on the host too.</param>
internal sealed record EntrySettings(ProcessFolders Folders, IReadOnlyList<string> Environment, CageLimits Limits)
{
    /// <param name="home">As commands see it.</param>
    /// <param name="environment">From <see cref="SandboxEnvironment.Of"/>.</param>
    internal static EntrySettings Of(
        SandboxFolder folder, string home, IReadOnlyDictionary<string, string> environment, CageLimits limits) =>
        new(new ProcessFolders(folder.Processes), SandboxEnvironment.Whole(home, environment), limits);
}
