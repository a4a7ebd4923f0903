namespace Colloquy.SandboxHost.Templates;

/// <summary>What a sandbox is made from, ready to be used.</summary>
/// <param name="Mounts">Read-only folders: where in the sandbox, and which of the host.</param>
/// <param name="Environment">Of every command.</param>
/// <param name="Start">A shell command for the background of each sandbox, or null.</param>
/// <param name="MemoryMiB">What its sandboxes need at least, in MiB.</param>
/// <param name="Hash">Changes with its definition.</param>
internal sealed record Template(
    string Name,
    IReadOnlyDictionary<string, string> Mounts,
    IReadOnlyDictionary<string, string> Environment,
    string? Start,
    int MemoryMiB,
    string Hash)
{
    /// <summary>The host's own system directories and nothing else.</summary>
    internal const string BaseName = "base";

    internal static Template Base { get; } =
        new(BaseName, new Dictionary<string, string>(), new Dictionary<string, string>(), null, 0, "");
}
