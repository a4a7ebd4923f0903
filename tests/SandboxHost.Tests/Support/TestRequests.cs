using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.Tests.Support;

internal static class TestRequests
{
    internal static SandboxRequest Usual { get; } = new(
        "base", NetworkMode.None, TimeSpan.Zero, new Dictionary<string, string>(), new Dictionary<string, string>());
}
