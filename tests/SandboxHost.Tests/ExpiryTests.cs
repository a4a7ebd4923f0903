using Colloquy.SandboxHost.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Colloquy.SandboxHost.Tests;

/// <summary>The end of a sandbox's time, where the clock and the timers do not agree.</summary>
public sealed class ExpiryTests
{
    private static readonly TimeSpan Lag = TimeSpan.FromMilliseconds(20);

    [Fact(Timeout = 30_000)]
    public async Task Sandbox_ends_although_its_timer_was_early_by_the_clock()
    {
        var stop = TestContext.Current.CancellationToken;
        var time = new LaggingTime();
        await using var host = await TestHost.StartAsync(time: time);
        var sandbox = await host.CreateAsync(new { timeout = 10, autoPause = true });
        time.Lag = Lag;

        time.Advance(TimeSpan.FromSeconds(10));
        time.Advance(Lag);

        while ((string?)(await host.DetailsAsync(sandbox))["state"] == "running") stop.ThrowIfCancellationRequested();
    }

    private sealed class LaggingTime : FakeTimeProvider
    {
        public TimeSpan Lag { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - Lag;
    }
}
