namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>There is no such sandbox, or it is not in a state in which the call finds it.</summary>
internal sealed class SandboxNotFoundException(string id)
    : Exception($"Sandbox \"{id}\" doesn't exist or you don't have access to it");
