namespace Colloquy.SandboxHost.Processes;

/// <summary>A process takes no input, or no more.</summary>
internal sealed class InputClosedException(string message) : Exception(message);
