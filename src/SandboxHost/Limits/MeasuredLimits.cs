using System.Collections.Concurrent;

namespace Colloquy.SandboxHost.Limits;

/// <summary>
/// Looks every second at what the sandboxes use, where no control groups hold them, and says which is over its
/// limits. In between it can be over them.
/// </summary>
internal sealed class MeasuredLimits : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, (SandboxLimits Limits, Action<string> Exceeded)> _watched = new(StringComparer.Ordinal);
    private readonly ITimer _timer;

    internal MeasuredLimits(TimeProvider time) => _timer = time.CreateTimer(_ => Look(), null, Pause, Pause);

    /// <param name="pidNamespace">As <see cref="ProcessScan.NamespaceOf"/> has it.</param>
    /// <param name="exceeded">Called once, with a reason that can be shown.</param>
    internal void Watch(string pidNamespace, SandboxLimits limits, Action<string> exceeded) =>
        _watched[pidNamespace] = (limits, exceeded);

    internal void Forget(string pidNamespace) => _watched.TryRemove(pidNamespace, out _);

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        if (_watched.IsEmpty) return;
        foreach (var (space, sum) in ProcessScan.Read())
        {
            if (_watched.TryGetValue(space, out var watched) && Reason(sum, watched.Limits) is { } reason && _watched.TryRemove(space, out _))
                watched.Exceeded(reason);
        }
    }

    private static string? Reason(ProcessSum sum, SandboxLimits limits) => sum switch
    {
        _ when sum.MemoryBytes > limits.MemoryBytes =>
            $"its processes use {sum.MemoryBytes >> 20} MiB of memory, more than the {limits.MemoryMiB} MiB that it may use",
        _ when sum.Threads > limits.MaxProcesses =>
            $"it has {sum.Threads} processes and threads, more than the {limits.MaxProcesses} that it may have",
        _ => null,
    };
}
