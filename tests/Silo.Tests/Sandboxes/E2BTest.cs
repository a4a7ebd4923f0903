using Colloquy.Grains.Sandboxes;
using Colloquy.Silo.Sandboxes.E2B;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Colloquy.Silo.Sandboxes;

/// <summary>A provider in front of a scripted server.</summary>
public abstract class E2BTest : IAsyncLifetime
{
    protected const string ApiKey = "e2b_0123456789abcdef";
    protected const string Owner = "installation-1";

    internal ScriptedE2B Server { get; private set; } = null!;

    internal E2BSandboxProvider Provider { get; private set; } = null!;

    protected FakeTimeProvider Time { get; } = new();

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    internal static SandboxSpec Spec { get; } = new("lease-1", "sesn_1", "base", TimeSpan.FromSeconds(90.5));

    public async ValueTask InitializeAsync()
    {
        Server = await ScriptedE2B.StartAsync(Time);
        Provider = NewProvider(Server.Url);
    }

    public async ValueTask DisposeAsync()
    {
        Provider.Dispose();
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>What the provider wrote into its log.</summary>
    private protected LogLines Log { get; } = new();

    internal E2BSandboxProvider NewProvider(Uri url, Action<SandboxOptions>? configure = null)
    {
        var options = new SandboxOptions { ApiUrl = url, SandboxUrl = url, ApiKey = ApiKey, Owner = Owner };
        configure?.Invoke(options);
        return new E2BSandboxProvider(Options.Create(options), Time, Log);
    }

    internal Task<ISandbox> CreateAsync() => Provider.CreateAsync(Spec, Token);

    protected Task<T> HurryAsync<T>(Task<T> task) => Time.HurryAsync(task);

    protected Task HurryAsync(Task task) => Time.HurryAsync(task);

    protected static async Task<SandboxException> FailureAsync(SandboxFailure expected, Func<Task> act)
    {
        var exception = await Assert.ThrowsAsync<SandboxException>(act);
        Assert.Equal(expected, exception.Failure);
        Assert.DoesNotContain(ApiKey, exception.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("token-of-", exception.ToString(), StringComparison.Ordinal);
        return exception;
    }
}
