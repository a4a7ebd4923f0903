using Colloquy.Errors;

namespace Colloquy.Sandboxes;

/// <summary>The sandbox, or the provider of all of them, cannot be used now. Trying again may help.</summary>
[GenerateSerializer, Alias("sandboxes.unavailable")]
public sealed class SandboxUnavailableException(string message, Exception? inner = null)
    : ColloquyException("sandbox_unavailable", message, inner);
