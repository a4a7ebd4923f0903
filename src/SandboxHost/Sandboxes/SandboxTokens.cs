namespace Colloquy.SandboxHost.Sandboxes;

/// <param name="Access">For the data plane.</param>
/// <param name="Traffic">For ports inside, where not everybody may call them.</param>
internal readonly record struct SandboxTokens(string Access, string Traffic);
