namespace Colloquy.SandboxHost.Limits;

/// <summary>The samples of one sandbox: all of the last hour, one per minute of the last day.</summary>
internal sealed class MetricsHistory
{
    private static readonly TimeSpan Fine = TimeSpan.FromHours(1), Coarse = TimeSpan.FromDays(1), CoarseStep = TimeSpan.FromMinutes(1);

    // E2B's: the longer the range, the fewer samples of it.
    private static readonly (TimeSpan Range, TimeSpan Step)[] Steps =
    [
        (TimeSpan.FromHours(1), TimeSpan.Zero), (TimeSpan.FromHours(6), TimeSpan.FromSeconds(30)),
        (TimeSpan.FromHours(12), TimeSpan.FromMinutes(1)), (TimeSpan.FromHours(24), TimeSpan.FromMinutes(2)),
        (TimeSpan.FromDays(7), TimeSpan.FromMinutes(5)), (TimeSpan.MaxValue, TimeSpan.FromMinutes(15)),
    ];

    private readonly Queue<MetricsSample> _fine = new(), _coarse = new();
    private readonly Lock _lock = new();
    private DateTimeOffset? _lastKept;

    internal MetricsSample? Latest { get; private set; }

    internal int Count => _fine.Count + _coarse.Count;

    internal void Add(MetricsSample sample)
    {
        lock (_lock)
        {
            Latest = sample;
            _fine.Enqueue(sample);
            while (sample.Time - _fine.Peek().Time >= Fine) Keep(_fine.Dequeue());
            while (_coarse.TryPeek(out var oldest) && sample.Time - oldest.Time >= Coarse) _coarse.Dequeue();
        }
    }

    /// <summary>Oldest first, as dense as fits the range.</summary>
    internal IReadOnlyList<MetricsSample> Between(DateTimeOffset start, DateTimeOffset end)
    {
        var step = Steps.First(one => end - start < one.Range).Step;
        lock (_lock)
        {
            return Thin([.. _coarse.Concat(_fine).Where(sample => sample.Time >= start && sample.Time <= end)], step);
        }
    }

    private void Keep(MetricsSample leaving)
    {
        if (leaving.Time - _lastKept < CoarseStep) return;
        _lastKept = leaving.Time;
        _coarse.Enqueue(leaving);
    }

    private static List<MetricsSample> Thin(List<MetricsSample> samples, TimeSpan step)
    {
        var kept = new List<MetricsSample>();
        foreach (var sample in samples)
        {
            if (kept.Count == 0 || sample.Time - kept[^1].Time >= step) kept.Add(sample);
        }

        return kept;
    }
}
