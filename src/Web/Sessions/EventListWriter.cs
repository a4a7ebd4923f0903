using System.Buffers;
using System.IO.Pipelines;
using Colloquy.Sessions;
using Microsoft.AspNetCore.Http;

namespace Colloquy.Web.Sessions;

/// <summary>Writes events as a JSON list.</summary>
internal static class EventListWriter
{
    private const int FlushThreshold = 64 * 1024;

    /// <summary><c>{"data":[...],"next_page":...}</c></summary>
    public static async Task WriteAsync(HttpContext context, EventPage page)
    {
        var output = await WriteDataAsync(context, page.Events);
        output.Write(",\"next_page\":"u8);
        if (page.Next is { } next)
        {
            output.Write("\""u8);
            EventWriter.WriteNumber(output, next);
            output.Write("\"}"u8);
        }
        else
        {
            output.Write("null}"u8);
        }

        await output.FlushAsync(context.RequestAborted);
    }

    /// <summary><c>{"data":[...]}</c></summary>
    public static async Task WriteAsync(HttpContext context, IReadOnlyList<SessionEvent> events)
    {
        var output = await WriteDataAsync(context, events);
        output.Write("}"u8);
        await output.FlushAsync(context.RequestAborted);
    }

    private static async Task<PipeWriter> WriteDataAsync(HttpContext context, IReadOnlyList<SessionEvent> events)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        var output = context.Response.BodyWriter;
        output.Write("{\"data\":["u8);
        for (var index = 0; index < events.Count; index++)
        {
            output.Write(index == 0 ? ""u8 : ","u8);
            EventWriter.Write(output, events[index]);
            if (output.UnflushedBytes >= FlushThreshold)
            {
                await output.FlushAsync(context.RequestAborted);
            }
        }

        output.Write("]"u8);
        return output;
    }
}
