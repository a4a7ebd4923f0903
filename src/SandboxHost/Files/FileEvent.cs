namespace Colloquy.SandboxHost.Files;

internal enum FileEventType
{
    Create,
    Write,
    Remove,
    Rename,
    Chmod,
}

/// <summary>Something happened in a watched folder.</summary>
/// <param name="Name">Relative to the watched folder; <c>.</c> is that itself.</param>
internal sealed record FileEvent(FileEventType Type, string Name);
