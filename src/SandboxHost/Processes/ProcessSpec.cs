namespace Colloquy.SandboxHost.Processes;

/// <param name="Folder">Absolute, relative to home, or null for home.</param>
/// <param name="Stdin">Whether it gets an input that stays open until somebody closes it; else it has none.</param>
/// <param name="Deadline">When it is killed, if it still runs.</param>
internal sealed record ProcessSpec(
    string Program,
    IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string> Environment,
    string? Folder,
    string? Tag,
    bool Stdin,
    DateTimeOffset? Deadline);
