namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>As many sandboxes run as may.</summary>
internal sealed class SandboxLimitException(int limit)
    : Exception($"You have reached the maximum number of concurrent E2B sandboxes ({limit}).");
