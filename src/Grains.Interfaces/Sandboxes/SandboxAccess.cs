namespace Colloquy.Sandboxes;

/// <summary>A sandbox that runs, for who uses it directly.</summary>
/// <param name="IdleTimeout">How long it goes on running without being used.</param>
[GenerateSerializer, Immutable, Alias("sandboxes.access")]
public sealed record SandboxAccess([property: Id(0)] string Id, [property: Id(1)] TimeSpan IdleTimeout);
