using Colloquy.Errors;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;

namespace Colloquy.Silo.Sandboxes;

/// <summary>A sandbox that stays awake while files travel, however long they take, because its session is told so.</summary>
internal sealed class SandboxHold : IAsyncDisposable
{
    private readonly CancellationTokenSource _done = new();
    private readonly Task _keeping;

    public SandboxHold(ISessionGrain session, ISandbox sandbox, TimeSpan period, TimeProvider time)
    {
        Sandbox = sandbox;
        _keeping = KeepAsync(session, period, time, _done.Token);
    }

    public ISandbox Sandbox { get; }

    public async ValueTask DisposeAsync()
    {
        await _done.CancelAsync();
        await _keeping;
        _done.Dispose();
    }

    private static async Task KeepAsync(ISessionGrain session, TimeSpan period, TimeProvider time, CancellationToken done)
    {
        while (true)
        {
            await Task.Delay(period, time, done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (done.IsCancellationRequested)
            {
                return;
            }

            try
            {
                await session.OpenSandboxAsync(create: false);
            }
            catch (Exception exception) when (exception is ColloquyException or TimeoutException or OrleansException)
            {
                // If the sandbox has gone, the transfer itself breaks and says so; if not, there is a next time.
            }
        }
    }
}
