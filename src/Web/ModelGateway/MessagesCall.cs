using System.Security.Cryptography;
using Colloquy.Models;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Colloquy.Web.ModelGateway;

/// <summary>
/// One call for a message: stored as begun, forwarded, passed back, and stored as ended before its last bytes leave.
/// So a call that the agent takes for finished is never lost, and one that is lost was never finished for the agent.
/// </summary>
/// <param name="stopping">The server stops: what still runs is cut, and its agent tries again at the next server.</param>
internal sealed partial class MessagesCall(
    CallJournal journal, ProviderClient provider, ModelGatewayOptions options, TimeProvider time, ILogger log,
    CancellationToken stopping)
{
    /// <summary>No answer of the provider that comes in one piece is nearly as large.</summary>
    private const int MostPlain = 64 * 1024 * 1024;

    private const int MostAttempts = 1000;

    private string Secret => options.Credential!;

    public async Task HandleAsync(HttpContext context, TurnClaims turn, MessagesRequest request)
    {
        var start = new ModelCallStart(
            "call_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12)), request.Model, request.WorstCase,
            ReadAttempt(context.Request), options.IsOAuth);
        if (await journal.BeginAsync(turn, start, context.RequestAborted) is { } refusal)
        {
            await refusal.WriteAsync(context);
            return;
        }

        var record = new CallRecord(start, time);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            using var answer = await provider.SendAsync(context.Request, request.Body, cut.Token);
            await PassAsync(context, record, answer, EndAsync, cut.Token);
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested)
        {
            await CutAsync(CallRecord.Cancelled, context.RequestAborted.IsCancellationRequested
                ? "The agent did not wait for the answer."
                : "The server was stopped.");
        }
        catch (Exception error) when (
            error is HttpRequestException or IOException or OperationCanceledException && record.Status is null)
        {
            // It never answered: the agent's client tries again.
            LogUnreachable(provider.Name, error.Message);
            record.Fail(CallRecord.ConnectionFailed, error.Message);
            if (await EndAsync())
            {
                await GatewayError.Unreachable.WriteAsync(context);
            }
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
        {
            await CutAsync(CallRecord.StreamCut, "The connection to the provider broke in the middle of its answer.");
        }
        catch (Exception error)
        {
            LogFailed(error, start.CallId, turn.Turn.Value, turn.Session.Value);
            await CutAsync(CallRecord.StreamCut, "The gateway could not pass the provider's answer on; its log says why.");
        }

        Task<bool> EndAsync() => StoreEndAsync(context, turn, record);

        // What the agent was sent already arrives, but no end of it. It has no answer at all if that has not begun.
        async Task CutAsync(string type, string message)
        {
            record.Fail(type, message);
            if (await EndAsync() && context.Response.HasStarted)
            {
                throw new AnswerCutException();
            }

            context.Abort();
        }
    }

    private async Task PassAsync(
        HttpContext context, CallRecord record, HttpResponseMessage answer, Func<Task<bool>> endAsync,
        CancellationToken stop)
    {
        var response = context.Response;
        record.Status = response.StatusCode = (int)answer.StatusCode;
        record.RequestId = RequestId(answer);
        PassedHeaders.CopyTo(response, answer, Secret);
        await using var source = await answer.Content.ReadAsStreamAsync(stop);
        if (answer.IsSuccessStatusCode && answer.Content.Headers.ContentType?.MediaType == "text/event-stream")
        {
            await response.Body.FlushAsync(stop); // the headers
            await new StreamedAnswer(response, record, endAsync).CopyAsync(source, stop);
            return;
        }

        if (await ReadPlainAsync(source, stop) is not { } body)
        {
            throw new IOException("The answer is larger than any message.");
        }

        record.Answer.ReadBody(body);
        if (record.Answer.HasMessage)
        {
            record.SeeContent();
        }

        if (await endAsync())
        {
            body = Redaction.Of(body, Secret);
            response.ContentLength = body.Length;
            await response.Body.WriteAsync(body, stop);
        }
    }

    /// <summary>Once per call, and for whoever has gone as well: what was spent was spent.</summary>
    private async Task<bool> StoreEndAsync(HttpContext context, TurnClaims turn, CallRecord record)
    {
        if (record.IsEnded)
        {
            return true;
        }

        record.IsEnded = true;
        if (await journal.EndAsync(turn, record.ToEnd(Secret)))
        {
            return true;
        }

        context.Abort();
        return false;
    }

    private static async Task<ReadOnlyMemory<byte>?> ReadPlainAsync(Stream source, CancellationToken stop)
    {
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await source.ReadAsync(buffer, stop) is > 0 and var read)
        {
            body.Write(buffer, 0, read);
            if (body.Length > MostPlain)
            {
                return null;
            }
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    private static string? RequestId(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues("request-id", out var ids) && ids.FirstOrDefault() is { Length: <= 256 } id
            ? id
            : null;

    private static int ReadAttempt(HttpRequest request) =>
        int.TryParse(request.Headers["x-stainless-retry-count"], out var attempt)
            ? Math.Clamp(attempt, 0, MostAttempts)
            : 0;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The provider at {Provider} could not be reached: {Reason}")]
    private partial void LogUnreachable(string provider, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Model call {Call} of {Turn} in {Session} failed in the gateway")]
    private partial void LogFailed(Exception error, string call, string turn, string session);
}
