using System.Buffers;
using System.IO.Pipelines;
using Colloquy.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Colloquy.Web.Sessions;

/// <summary>
/// One viewer's SSE response. Events are pulled one after another and only while the viewer takes them, so a slow
/// viewer costs one buffer however far it falls behind.
/// </summary>
internal sealed class EventStream(HttpContext context, TimeProvider time, CancellationToken stop)
{
    /// <summary>Proxies have been seen to cut connections that were silent for 16 seconds.</summary>
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(10);

    private const int FlushThreshold = 64 * 1024;

    private readonly PipeWriter _output = context.Response.BodyWriter;
    private Task _beat = Task.CompletedTask;

    /// <summary>Writes events until there are no more or <c>stop</c> is cancelled.</summary>
    public async Task RunAsync(IAsyncEnumerable<SessionEvent> events)
    {
        try
        {
            await OpenAsync();
            await CopyAsync(events);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The viewer left, or the server stops: the response ends and viewers resume by the last id.
        }
    }

    private async Task OpenAsync()
    {
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache, no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        _output.Write("retry: 1000\n: connected\n\n"u8);
        await FlushAsync();
    }

    private async Task CopyAsync(IAsyncEnumerable<SessionEvent> events)
    {
        using var heartbeat = new PeriodicTimer(HeartbeatInterval, time);
        await using var viewer = events.GetAsyncEnumerator(stop);
        _beat = heartbeat.WaitForNextTickAsync(stop).AsTask();
        while (true)
        {
            var next = viewer.MoveNextAsync();
            if (!(next.IsCompleted ? await next : await WaitAsync(next.AsTask(), heartbeat)))
            {
                break;
            }

            WriteFrame(viewer.Current);
            if (_output.UnflushedBytes >= FlushThreshold)
            {
                await FlushAsync();
            }
        }

        await FlushAsync();
    }

    /// <summary>Nothing more is at hand: what was written so far is one batch, and heartbeats follow it.</summary>
    private async Task<bool> WaitAsync(Task<bool> next, PeriodicTimer heartbeat)
    {
        await FlushAsync();
        while (await Task.WhenAny(next, _beat) != next && _beat.IsCompletedSuccessfully)
        {
            _output.Write(": heartbeat\n\n"u8);
            await FlushAsync();
            _beat = heartbeat.WaitForNextTickAsync(stop).AsTask();
        }

        return await next;
    }

    private void WriteFrame(SessionEvent next)
    {
        if (next.Sequence > 0) // a preview is no place to resume from
        {
            _output.Write("id: "u8);
            EventWriter.WriteNumber(_output, next.Sequence);
            _output.Write("\n"u8);
        }

        _output.Write("event: "u8);
        EventWriter.WriteText(_output, next.Type);
        _output.Write("\ndata: "u8);
        EventWriter.Write(_output, next);
        _output.Write("\n\n"u8);
    }

    private async ValueTask FlushAsync()
    {
        try
        {
            await _output.FlushAsync(stop);
        }
        catch (OperationCanceledException)
        {
            context.Abort(); // a viewer that does not read must not hold up the server's shutdown
            throw;
        }
    }
}
