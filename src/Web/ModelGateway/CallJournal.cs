using Colloquy.Client;
using Colloquy.Costs;
using Colloquy.Models;
using Colloquy.Sessions;
using Microsoft.Extensions.Logging;

namespace Colloquy.Web.ModelGateway;

/// <summary>
/// Stores the beginning and the end of calls in the journal of their session, and tries again while it cannot: repeating
/// either changes nothing.
/// </summary>
/// <param name="stopping">The server stops: nothing is tried any longer.</param>
internal sealed partial class CallJournal(
    ModelCallClient calls, TimeProvider time, ILogger log, CancellationToken stopping)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Nothing has been forwarded yet: the agent may as well try again.</summary>
    private static readonly TimeSpan BeginPatience = TimeSpan.FromSeconds(15);

    public const string NotForwarded = "not_forwarded";

    /// <summary>A beginning that was given up may still be stored until then: more than a call of a grain may take.</summary>
    public static readonly TimeSpan LatestBegin = TimeSpan.FromMinutes(1);

    /// <summary>The agent waits for its last frame. Longer than another server takes to take over a session.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromMinutes(5);

    /// <returns>Null if it is stored; else why the call may not be forwarded.</returns>
    public async Task<GatewayError?> BeginAsync(TurnClaims turn, ModelCallStart call, CancellationToken stop)
    {
        try
        {
            await PersistAsync(
                () => calls.BeginAsync(turn.Session, turn.Turn, call), BeginPatience, turn, call.CallId, stop);
            return null;
        }
        catch (Exception error) when (error is TurnOverException or SessionNotFoundException)
        {
            return GatewayError.TurnOver;
        }
        catch (TooManyModelCallsException error)
        {
            return GatewayError.TooManyCalls(error);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            _ = WithdrawAsync(turn, call);
            throw;
        }
        catch (Exception error)
        {
            LogNotStored(error, turn.Session.Value, turn.Turn.Value, call.CallId);
            _ = WithdrawAsync(turn, call);
            return GatewayError.JournalDown;
        }
    }

    /// <summary>
    /// The beginning may be stored although nobody heard of it, or be stored yet: without an end, the turn's end would
    /// book the most that the call may come to. One that is not stored is not ended either.
    /// </summary>
    private async Task WithdrawAsync(TurnClaims turn, ModelCallStart call)
    {
        var end = new ModelCallEnd(call.CallId, call.Model, TokenUsage.None, Status: null, DurationSeconds: 0)
        {
            Error = new ModelCallError(NotForwarded, "The gateway did not learn that this call was stored."),
        };
        await EndAsync(turn, end);
        try
        {
            await Task.Delay(LatestBegin, time, stopping);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        await EndAsync(turn, end);
    }

    /// <returns>False if it could not be stored: the agent must not take the call for finished.</returns>
    public async Task<bool> EndAsync(TurnClaims turn, ModelCallEnd call)
    {
        try
        {
            await PersistAsync(
                () => calls.EndAsync(turn.Session, turn.Turn, call), EndPatience, turn, call.CallId, stopping);
            return true;
        }
        catch (Exception error)
        {
            LogNotStored(error, turn.Session.Value, turn.Turn.Value, call.CallId);
            return false;
        }
    }

    private async Task PersistAsync(
        Func<Task> storeAsync, TimeSpan patience, TurnClaims turn, string call, CancellationToken stop)
    {
        var begun = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await storeAsync();
                return;
            }
            catch (Exception error) when (
                error is not (TurnOverException or TooManyModelCallsException or SessionNotFoundException) &&
                time.GetElapsedTime(begun) < patience)
            {
                LogAgain(turn.Session.Value, turn.Turn.Value, call, error.Message);
            }

            await Task.Delay(pause, time, stop);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Model call {Call} of {Turn} in {Session} is not stored yet, trying again: {Reason}")]
    private partial void LogAgain(string session, string turn, string call, string reason);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Model call {Call} of {Turn} in {Session} could not be stored; the turn's end will close it")]
    private partial void LogNotStored(Exception error, string session, string turn, string call);
}
