using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Colloquy.Emulators;

/// <summary>Sends replies, with all that a test wants to go wrong, and notes what was really sent.</summary>
internal static class AnswerWriter
{
    public static async Task WriteAsync(HttpContext context, RecordedCall call, Reply reply)
    {
        var stop = context.RequestAborted;
        await PassAsync(reply, -1, stop);
        if (reply.CutAt < 0)
        {
            context.Abort();
        }
        else if (reply.Failure is { } failure)
        {
            await WriteErrorAsync(context, call, failure);
        }
        else if (call.Request!.Stream)
        {
            await WriteStreamAsync(context, call, reply, stop);
        }
        else
        {
            await WriteDocumentAsync(context, call, reply, stop);
        }
    }

    public static async Task WriteErrorAsync(HttpContext context, RecordedCall call, ErrorReply error)
    {
        foreach (var (name, value) in error.Headers)
        {
            context.Response.Headers[name] = value;
        }

        await WriteJsonAsync(context, call, error.Status, ErrorJson(call, error));
        call.Complete = true;
    }

    public static async Task WriteJsonAsync(HttpContext context, RecordedCall call, int status, JsonObject body)
    {
        context.Response.StatusCode = call.Status = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body.ToJsonString(), context.RequestAborted);
    }

    private static async Task WriteDocumentAsync(
        HttpContext context, RecordedCall call, Reply reply, CancellationToken stop)
    {
        var answer = Begin(call, reply);
        await PassAsync(reply, 0, stop);
        if (reply.CutAt is not null)
        {
            // A document has no frames: half of it, then.
            var text = answer.Document().ToJsonString();
            context.Response.ContentType = "application/json";
            call.Status = StatusCodes.Status200OK;
            await context.Response.WriteAsync(text[..(text.Length / 2)], stop);
            throw new ConnectionCutException();
        }

        call.Usage = answer.Usage;
        await WriteJsonAsync(context, call, StatusCodes.Status200OK, answer.Document());
        call.Complete = true;
    }

    private static async Task WriteStreamAsync(
        HttpContext context, RecordedCall call, Reply reply, CancellationToken stop)
    {
        var answer = Begin(call, reply);
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        call.Status = StatusCodes.Status200OK;
        await context.Response.Body.FlushAsync(stop);
        var sent = 0;
        foreach (var frame in answer.Frames())
        {
            await PassAsync(reply, sent, stop);
            if (sent == reply.CutAt)
            {
                throw new ConnectionCutException();
            }

            if (reply.ErrorEvent is var (after, error) && sent == after)
            {
                await context.Response.WriteAsync(new Frame("error", ErrorJson(call, error)).ToText(), stop);
                return;
            }

            stop.ThrowIfCancellationRequested();
            // Before it is written: the client may ask for it as soon as it has the frame.
            call.Usage = frame.Billed ?? call.Usage;
            await context.Response.WriteAsync(frame.ToText(), stop);
            await context.Response.Body.FlushAsync(stop);
            sent++;
        }

        call.Complete = true;
    }

    private static Answer Begin(RecordedCall call, Reply reply)
    {
        var answer = new Answer(call.Request!, reply);
        (call.MessageId, call.Model) = (answer.MessageId, answer.Model);
        return answer;
    }

    private static Task PassAsync(Reply reply, int at, CancellationToken stop) =>
        reply.Gates.TryGetValue(at, out var gate) ? gate.PassAsync(stop) : Task.CompletedTask;

    private static JsonObject ErrorJson(RecordedCall call, ErrorReply error) => new()
    {
        ["type"] = "error",
        ["error"] = new JsonObject { ["type"] = error.Type, ["message"] = error.Message },
        ["request_id"] = call.RequestId,
    };
}

/// <summary>
/// Ends a connection in the middle of an answer. Thrown to the server, which then closes it in order: what was sent
/// before arrives, where an abort could swallow it.
/// </summary>
internal sealed class ConnectionCutException : Exception;
