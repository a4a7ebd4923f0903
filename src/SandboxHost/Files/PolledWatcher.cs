using Colloquy.SandboxHost.Isolation;

namespace Colloquy.SandboxHost.Files;

/// <summary>Collects the events of a folder for a caller who comes for them now and then.</summary>
internal sealed class PolledWatcher : IDisposable
{
    private const int MostWaiting = 65_536;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private List<SeenEvent> _waiting = [];
    private CageFileException? _failure;

    internal PolledWatcher(WatchedFolder folder) => Ended = CollectAsync(folder);

    /// <summary>Completes once nothing of it is left, also after a failure.</summary>
    internal Task Ended { get; }

    /// <summary>What has happened since the last time.</summary>
    /// <exception cref="CageFileException">The watch has failed, and so will every later call.</exception>
    internal IReadOnlyList<SeenEvent> Take()
    {
        lock (_lock)
        {
            if (_failure is not null) throw new CageFileException(_failure.Fault, _failure.Message);
            var events = _waiting;
            _waiting = [];
            return events;
        }
    }

    public void Dispose() => _stop.Cancel();

    private async Task CollectAsync(WatchedFolder folder)
    {
        using (folder)
        {
            try
            {
                while (true) Keep(await folder.ReadAsync(_stop.Token));
            }
            catch (OperationCanceledException)
            {
                // Disposed.
            }
            catch (CageFileException failure)
            {
                lock (_lock) (_failure, _waiting) = (failure, []);
            }
        }
    }

    private void Keep(IReadOnlyList<SeenEvent> events)
    {
        lock (_lock)
        {
            if (_waiting.Count + events.Count > MostWaiting) throw FolderWatcher.Lost();
            _waiting.AddRange(events);
        }
    }
}
