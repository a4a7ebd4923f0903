namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>Counts the sandboxes that run. Paused ones cost nothing and are not counted.</summary>
internal sealed class RunSlots(int limit)
{
    private int _taken;

    /// <exception cref="SandboxLimitException">As many run as may.</exception>
    internal void Take()
    {
        if (Interlocked.Increment(ref _taken) <= limit) return;
        Return();
        throw new SandboxLimitException(limit);
    }

    /// <summary>For one that runs already, however many there are.</summary>
    internal void TakeAnyway() => Interlocked.Increment(ref _taken);

    internal void Return() => Interlocked.Decrement(ref _taken);
}
