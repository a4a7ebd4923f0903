namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>A sandbox has run as long as it may without a pause.</summary>
internal sealed class SandboxRunTooLongException() : Exception("Max instance length exceeded");
