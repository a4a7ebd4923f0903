using Colloquy.SandboxHost.Tests.Support;

[assembly: AssemblyFixture(typeof(SharedHost))]

namespace Colloquy.SandboxHost.Tests.Support;

/// <summary>One isolating server for all tests that need nothing special.</summary>
public sealed class SharedHost : IAsyncLifetime
{
    public TestHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Host = await TestHost.StartAsync();

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
