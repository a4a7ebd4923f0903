namespace Colloquy.SandboxHost.Processes;

/// <param name="Folder">Absolute, relative to home, or null for home.</param>
internal sealed record ProcessSpec(
    string Program,
    IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string> Environment,
    string? Folder,
    string? Tag);
