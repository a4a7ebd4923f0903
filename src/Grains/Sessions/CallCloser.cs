using Colloquy.Grains.Agents;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>
/// At the end of a turn: gives the gateway a moment to say how its last calls ended, and finds out which of the calls
/// that the agent's output shows it has not spoken of, because its server is gone.
/// </summary>
internal sealed class CallCloser(SessionJournal journal, ISessionStore store, TimeProvider time, RunningTurn turn)
{
    /// <summary>A gateway that lives notices at once that the agent is gone.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private bool HasOpenCalls =>
        !journal.IsBroken && journal.State?.Turn is { Calls.Open.Count: > 0 } running && running.Id == turn.Id;

    /// <exception cref="OperationCanceledException">Abandoned.</exception>
    public async Task WaitAsync(CancellationToken abandon)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, abandon);
        while (!either.IsCancellationRequested)
        {
            var changed = journal.Changed;
            if (!HasOpenCalls)
            {
                break;
            }

            await changed.WaitAsync(either.Token).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        abandon.ThrowIfCancellationRequested();
    }

    /// <summary>Those of the calls whose end is not in the journal.</summary>
    public async Task<IReadOnlyList<ShownCall>> WithoutEndAsync(
        IReadOnlyList<ShownCall> shown, CancellationToken cancellationToken)
    {
        if (!HasOpenCalls)
        {
            return [];
        }

        var ended = new HashSet<string>(StringComparer.Ordinal);
        long? after = turn.FirstSequence;
        while (after is not null)
        {
            var query = new EventQuery(after, SessionLimits.MaxPageSize, Types: [EventTypes.ModelRequestEnd]);
            var page = await store.ReadAsync(journal.State!.Id, query, cancellationToken);
            ended.UnionWith(
                page.Events.Select(EventJson.Read).OfType<ModelRequestEnd>().Select(end => end.MessageId ?? ""));
            after = page.Next;
        }

        return [.. shown.Where(call => !ended.Contains(call.MessageId))];
    }
}
