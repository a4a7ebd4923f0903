using Colloquy.Sandboxes;

namespace Colloquy.Client;

/// <summary>Typed calls about the sandboxes of this installation.</summary>
public sealed class SandboxClient(IGrainFactory grains)
{
    /// <summary>Every sandbox, running or paused, and who holds it.</summary>
    /// <exception cref="SandboxUnavailableException">The provider does not answer.</exception>
    public Task<SandboxReport> ListAsync() => grains.GetGrain<ISandboxDirectoryGrain>(0).ListAsync();
}
