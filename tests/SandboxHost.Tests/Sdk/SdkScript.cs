using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests.Sdk;

/// <summary>One node process for all cases of a script.</summary>
public abstract class SdkScript(string name, SharedHost shared) : IAsyncLifetime
{
    public SdkJudge Judge { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Judge = await SdkJudge.StartAsync(name, shared.Host);

    public async ValueTask DisposeAsync()
    {
        await Judge.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
