using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Files;

/// <summary>A file, folder or link of a sandbox.</summary>
/// <param name="Path">As it was asked for, links not resolved.</param>
/// <param name="Status">Of itself: a link's, not its target's.</param>
/// <param name="Target">The status of what is reached by it: that of itself, or of what a link leads to. Null if it leads nowhere.</param>
/// <param name="LinkTarget">Where a link leads in the end; its own path if nowhere. Null if it is no link.</param>
internal sealed record FileEntry(
    string Name,
    string Path,
    FileStatus Status,
    FileStatus? Target,
    string? LinkTarget,
    string Owner,
    string Group,
    IReadOnlyDictionary<string, string> Metadata);
