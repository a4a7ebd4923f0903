using Colloquy.Cli.Api;
using Colloquy.Sessions;

namespace Colloquy.Cli.Demo;

/// <summary>A viewer with a bad connection: it drops after every few events and resumes by the last id it saw.</summary>
/// <param name="away">How long it stays away each time.</param>
internal sealed class DroppingViewer(
    ColloquyClient client, string sessionId, int dropEvery, TimeSpan away, TimeProvider time)
{
    private readonly List<IReadOnlyList<long>> _connections = [];
    private readonly List<TimeSpan> _drops = [];

    /// <summary>What each connection showed.</summary>
    public IReadOnlyList<IReadOnlyList<long>> Connections => _connections;

    /// <summary>When it dropped, since it began to watch.</summary>
    public IReadOnlyList<TimeSpan> Drops => _drops;

    /// <returns>All sequences that were seen, in the order in which they came, until the turn's end.</returns>
    public async Task<IReadOnlyList<long>> RunAsync(long after, CancellationToken cancellationToken)
    {
        var all = new List<long>();
        var ended = false;
        var started = time.GetTimestamp();
        while (!ended)
        {
            var here = new List<long>();
            await using (var connection = await client.OpenStreamAsync(
                sessionId, all.Count > 0 ? all[^1] : after, cancellationToken))
            {
                while (!ended && here.Count < dropEvery && await connection.NextAsync(cancellationToken) is { } item)
                {
                    here.Add(item.Sequence);
                    ended = item.Type is EventTypes.StatusIdle or EventTypes.StatusTerminated;
                }
            }

            all.AddRange(here);
            _connections.Add(here);
            if (!ended)
            {
                _drops.Add(time.GetElapsedTime(started));
                await Task.Delay(away, time, cancellationToken);
            }
        }

        return all;
    }
}
