using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace Colloquy.Web.ModelGateway;

/// <summary>
/// Passes a streamed answer on as it comes, all but its last frame, which waits until the end of the call is stored.
/// Nobody can use a frame before it is whole, so small ones are passed on whole: any of them may turn out the last.
/// </summary>
/// <param name="endAsync">Stores the end; false if it cannot.</param>
internal sealed class StreamedAnswer(HttpResponse target, CallRecord record, Func<Task<bool>> endAsync)
{
    private const int BufferSize = 16 * 1024;

    /// <summary>The last frame has about fifty bytes; a frame larger than this is another one.</summary>
    private const int MostHeld = 4096;

    private readonly SseFrames _frames = new(AnswerReader.Wanted);
    private readonly ArrayBufferWriter<byte> _held = new();
    private int _frameLength;
    private bool _isOver;

    /// <summary>If the end cannot be stored, the last frame is not sent.</summary>
    public async Task CopyAsync(Stream source, CancellationToken stop)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (await source.ReadAsync(buffer, stop) is > 0 and var read)
            {
                if (!await PassAsync(buffer.AsMemory(0, read)))
                {
                    return;
                }

                await target.Body.FlushAsync(stop);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (!_isOver)
        {
            record.Fail(CallRecord.StreamCut, "The provider's answer stopped before its end.");
            if (!await EndAsync())
            {
                return;
            }
        }

        await SendHeldAsync();
    }

    /// <returns>False if the end could not be stored.</returns>
    private async Task<bool> PassAsync(ReadOnlyMemory<byte> bytes)
    {
        var sent = 0;
        for (var position = 0; position < bytes.Length;)
        {
            var begin = position;
            position += _frames.Read(bytes.Span[position..], out var isEnd);
            _frameLength += position - begin;
            if (!isEnd)
            {
                continue;
            }

            _frameLength = 0;
            if (!_isOver && Read())
            {
                if (begin > sent)
                {
                    await SendHeldAsync();
                    await target.Body.WriteAsync(bytes[sent..begin]);
                }

                await target.Body.FlushAsync();
                sent = begin;
                if (!await EndAsync())
                {
                    return false;
                }
            }
        }

        var held = !_isOver && _frameLength is > 0 and <= MostHeld ? Math.Min(_frameLength, bytes.Length - sent) : 0;
        if (bytes.Length - held > sent)
        {
            await SendHeldAsync();
            await target.Body.WriteAsync(bytes[sent..^held]);
        }

        _held.Write(bytes.Span[^held..]);
        return true;
    }

    /// <returns>Whether it was the last frame.</returns>
    private bool Read()
    {
        var name = _frames.Name ?? AnswerReader.TypeOf(_frames.Data);
        if (name is "content_block_start" or "content_block_delta")
        {
            record.SeeContent();
        }

        record.Answer.ReadEvent(name, _frames.Data);
        return name is AnswerReader.MessageStop or AnswerReader.Error;
    }

    private Task<bool> EndAsync()
    {
        _isOver = true;
        return endAsync();
    }

    private async Task SendHeldAsync()
    {
        if (_held.WrittenCount > 0)
        {
            await target.Body.WriteAsync(_held.WrittenMemory);
            _held.ResetWrittenCount();
        }
    }
}
