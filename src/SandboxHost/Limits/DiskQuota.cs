using System.ComponentModel;
using System.Globalization;

namespace Colloquy.SandboxHost.Limits;

/// <summary>
/// Measures the disk of a sandbox again and again, where it is a plain folder that nothing limits, and says when it
/// has grown too large. Between two measures a sandbox can write more than it may.
/// </summary>
internal sealed class DiskQuota : IDisposable
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(5);
    private const int PausePerMeasure = 20;
    private readonly CancellationTokenSource _stopped = new();
    private readonly string _folder;
    private readonly long _limit;
    private readonly TimeProvider _time;
    private long _used;

    /// <param name="exceeded">Called once, with a reason that can be shown.</param>
    /// <param name="failed">Called at the first of the measures in a row that fail.</param>
    internal DiskQuota(string folder, long limit, TimeProvider time, Action<string> exceeded, Action<Exception> failed)
    {
        (_folder, _limit, _time) = (folder, limit, time);
        Ended = WatchAsync(exceeded, failed);
    }

    /// <summary>As measured last.</summary>
    internal DiskUsage Usage => new(Interlocked.Read(ref _used), _limit);

    /// <summary>Completes when nothing is measured any more.</summary>
    internal Task Ended { get; }

    /// <returns>Bytes that the files take on the disk, and whether there are folders that could not be looked into.</returns>
    /// <exception cref="IOException"/>
    internal static async Task<(long Used, bool Hidden)> MeasureAsync(string folder)
    {
        // Files that vanish in between make it fail as well; the sum is there all the same.
        var (status, output, error) = await Tool.TryAsync("du", "--summarize", "--block-size=1", "--one-file-system", folder);
        return long.TryParse(output.Split('\t')[0], CultureInfo.InvariantCulture, out var used)
            ? (used, error.Contains("Permission denied", StringComparison.Ordinal))
            : throw new IOException($"{folder} cannot be measured ({status}): {error}");
    }

    public void Dispose() => _stopped.Cancel();

    private async Task WatchAsync(Action<string> exceeded, Action<Exception> failed)
    {
        bool hiddenBefore = false, failedBefore = false;
        while (!_stopped.IsCancellationRequested)
        {
            var start = _time.GetTimestamp();
            try
            {
                var (used, hidden) = await MeasureAsync(_folder);
                Interlocked.Exchange(ref _used, used);
                if (Reason(used, hidden && hiddenBefore) is { } reason)
                {
                    exceeded(reason);
                    return;
                }

                (hiddenBefore, failedBefore) = (hidden, false);
            }
            catch (Exception failure) when (failure is IOException or Win32Exception)
            {
                // The host may be short of processes or descriptors for a while, which is not the sandbox's fault.
                if (!failedBefore && !_stopped.IsCancellationRequested) failed(failure);
                failedBefore = true;
            }

            var pause = _time.GetElapsedTime(start) * PausePerMeasure;
            await Task.Delay(pause > ShortestPause ? pause : ShortestPause, _time, _stopped.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // A folder may be closed for a moment for good reasons, but not for good.
    private string? Reason(long used, bool hidden)
    {
        if (used > _limit) return $"its files take {used >> 20} MiB on the disk, more than the {_limit >> 20} MiB that it may use";
        return hidden ? "it keeps folders that cannot be measured: the host may not read them" : null;
    }
}
