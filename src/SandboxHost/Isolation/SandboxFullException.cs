namespace Colloquy.SandboxHost.Isolation;

/// <summary>The sandbox runs as many processes as it may.</summary>
internal sealed class SandboxFullException()
    : Exception("No process can be started in the sandbox: it has as many as it may. End some of them.");
