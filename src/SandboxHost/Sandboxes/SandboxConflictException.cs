namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>The state of a sandbox does not allow what was asked.</summary>
internal sealed class SandboxConflictException(string message) : Exception(message);
