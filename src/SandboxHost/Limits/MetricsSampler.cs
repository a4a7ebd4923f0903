using System.Collections.Concurrent;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.Limits;

/// <summary>Reads every 5 seconds what each sandbox uses.</summary>
internal sealed partial class MetricsSampler : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<string, MetricsHistory> _histories = new(StringComparer.Ordinal);
    private readonly Func<IEnumerable<Sandbox>> _running;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ITimer _timer;

    internal MetricsSampler(Func<IEnumerable<Sandbox>> running, TimeProvider time, ILogger<MetricsSampler> log)
    {
        (_running, _time, _log) = (running, time, log);
        _timer = time.CreateTimer(_ => SampleAll(), null, Period, Period);
    }

    /// <summary>Empty for the first seconds of a sandbox.</summary>
    internal MetricsHistory Of(string sandboxId) => _histories.GetValueOrDefault(sandboxId) ?? new MetricsHistory();

    public void Dispose() => _timer.Dispose();

    private void SampleAll()
    {
        Sandbox[] running = [.. _running()];
        foreach (var gone in _histories.Keys.Except(running.Select(sandbox => sandbox.Id))) _histories.TryRemove(gone, out _);
        var processes = running.Any(sandbox => sandbox.Resources is { IsMeasured: true }) ? ProcessScan.Read() : null;
        foreach (var sandbox in running)
        {
            try
            {
                if (sandbox.Resources is { } resources) Add(sandbox, resources.Read(processes));
            }
            catch (SandboxGoneException)
            {
                // It has just ended, and its groups went before it left the list.
            }
        }
    }

    private void Add(Sandbox sandbox, ResourceUsage usage)
    {
        var (now, history) = (_time.GetUtcNow(), _histories.GetOrAdd(sandbox.Id, _ => new MetricsHistory()));
        var (before, since) = history.Latest is { } last ? (last.Usage.CpuTime, last.Time) : (TimeSpan.Zero, sandbox.StartedAt);
        var used = now > since ? (usage.CpuTime - before) / (now - since) / sandbox.Limits.VCpus * 100 : 0;
        var killed = usage.OomKills - (history.Latest?.Usage.OomKills ?? 0);
        if (killed > 0) LogOutOfMemory(sandbox.Id, killed, sandbox.Limits.MemoryMiB);
        // Without control groups the time of processes that have ended is missing.
        history.Add(new MetricsSample(now, Math.Round(Math.Max(used, 0), 2), usage));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sandbox {SandboxId} was out of memory: the kernel has killed {Killed} of its processes at the limit of {MemoryMiB} MiB")]
    private partial void LogOutOfMemory(string sandboxId, long killed, int memoryMiB);
}
