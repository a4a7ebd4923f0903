using System.Collections.Concurrent;
using Colloquy.Client;
using Colloquy.Models;
using Colloquy.Sessions;

namespace Colloquy.Web.ModelGateway;

/// <summary>
/// Whether a turn still runs, for requests that are not stored and so do not ask their session anyway. An answer is good
/// for some seconds.
/// </summary>
internal sealed class RunningTurns(ModelCallClient calls, TimeProvider time)
{
    public static readonly TimeSpan Age = TimeSpan.FromSeconds(5);

    private const int MostKnown = 10_000;

    private readonly ConcurrentDictionary<TurnId, (bool IsRunning, long Asked)> _known = new();

    public async Task<bool> ContainsAsync(TurnClaims turn)
    {
        if (_known.TryGetValue(turn.Turn, out var known) && time.GetElapsedTime(known.Asked) < Age)
        {
            return known.IsRunning;
        }

        if (_known.Count >= MostKnown)
        {
            _known.Clear();
        }

        var isRunning = await calls.IsRunningAsync(turn.Session, turn.Turn);
        _known[turn.Turn] = (isRunning, time.GetTimestamp());
        return isRunning;
    }
}
