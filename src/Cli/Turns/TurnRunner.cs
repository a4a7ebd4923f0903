using Colloquy.Cli.Api;

namespace Colloquy.Cli.Turns;

/// <summary>Sends a message and follows its turn to the end.</summary>
internal sealed class TurnRunner(ColloquyClient client)
{
    /// <summary>Each event of the turn, as it arrives.</summary>
    public Action<ApiEvent>? Seen { get; init; }

    /// <summary>What the agent is writing is seen as well.</summary>
    public bool Previews { get; init; }

    /// <summary>The connection broke and is about to be opened again.</summary>
    public Action? Reconnecting { get; init; }

    /// <param name="after">The last sequence that was seen of the session.</param>
    /// <param name="interrupt">When cancelled, the turn is asked to stop; it is then followed to its end.</param>
    /// <exception cref="ApiErrorException">The server refuses the message.</exception>
    /// <exception cref="ServerUnreachableException">The server is gone.</exception>
    /// <exception cref="TurnLostException">The session ended before the turn did.</exception>
    public async Task<TurnResult> RunAsync(
        string sessionId, long after, string prompt, TimeSpan? timeout,
        CancellationToken interrupt, CancellationToken cancellationToken)
    {
        var message = await client.SendMessageAsync(sessionId, prompt, timeout, cancellationToken);
        var turnId = message.TurnId ?? throw new TurnLostException(sessionId, "the server did not name the turn of the message");
        var fold = new TurnFold(sessionId, turnId);
        var interrupting = Task.CompletedTask;
        using var stopped = new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopped.Token);
        try
        {
            var stream = client.Events(_ => Reconnecting?.Invoke(), Previews);
            await foreach (var item in stream.FollowAsync(sessionId, after, either.Token))
            {
                if (item.IsPreview && fold.Running)
                {
                    // Only the turn that runs has previews, and they do not name it.
                    Seen?.Invoke(item);
                    continue;
                }

                var wasRunning = fold.Running;
                if (!fold.Add(item))
                {
                    continue;
                }

                if (fold.Running && !wasRunning)
                {
                    // Not before: an interrupt would stop whatever turn runs now, and ours may still be queued.
                    interrupting = InterruptWhenAskedAsync(sessionId, interrupt, either.Token);
                }

                Seen?.Invoke(item);
                if (fold.Result is { } result)
                {
                    return result;
                }
            }
        }
        finally
        {
            await stopped.CancelAsync();
            await interrupting;
        }

        throw new TurnLostException(sessionId, "the session was ended");
    }

    private async Task InterruptWhenAskedAsync(string sessionId, CancellationToken interrupt, CancellationToken turnOver)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var onAsked = interrupt.Register(() => asked.TrySetResult());
        await using var onOver = turnOver.Register(() => asked.TrySetCanceled(turnOver));
        try
        {
            await asked.Task;
            await client.InterruptAsync(sessionId, turnOver);
        }
        catch (Exception exception) when (
            exception is OperationCanceledException or ServerUnreachableException or ApiErrorException)
        {
            // The turn has just ended by itself, or the server is gone: following the stream shows which.
        }
    }
}

internal sealed class TurnLostException(string sessionId, string reason)
    : Exception($"The turn in session '{sessionId}' cannot be followed to its end: {reason}.");
