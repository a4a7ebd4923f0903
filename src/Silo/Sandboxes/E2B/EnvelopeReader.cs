using System.Buffers.Binary;

namespace Colloquy.Silo.Sandboxes.E2B;

/// <summary>Reads the envelopes of a Connect stream: a byte of flags, a big-endian length, the payload.</summary>
internal sealed class EnvelopeReader(Stream stream)
{
    internal const int HeaderLength = 5;

    /// <summary>Servers send output in pieces of 32 KiB; a longer frame is not one of theirs.</summary>
    internal const int LongestPayload = 16 * 1024 * 1024;

    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    /// <summary>The payload is valid until the next call.</summary>
    /// <returns>Null at the end of the stream, if that is between two envelopes.</returns>
    /// <exception cref="EndOfStreamException">The stream ended within an envelope.</exception>
    /// <exception cref="InvalidDataException">This is not a stream of envelopes.</exception>
    public async ValueTask<Envelope?> ReadAsync(CancellationToken cancellationToken)
    {
        if (!await FillAsync(HeaderLength, cancellationToken))
        {
            return _start == _end ? null : throw new EndOfStreamException("The stream ended within an envelope.");
        }

        var flags = (EnvelopeFlags)_buffer[_start];
        var length = BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(_start + 1));
        if (length > LongestPayload || (flags & ~EnvelopeFlags.EndOfStream) != 0)
        {
            throw new InvalidDataException($"An envelope has flags {(byte)flags} and {length} bytes.");
        }

        var whole = HeaderLength + (int)length;
        if (!await FillAsync(whole, cancellationToken))
        {
            throw new EndOfStreamException("The stream ended within an envelope.");
        }

        var payload = _buffer.AsMemory(_start + HeaderLength, (int)length);
        _start += whole;
        return new Envelope(flags, payload);
    }

    /// <summary>Envelopes as they are written: several may come in one read, and one in many.</summary>
    private async ValueTask<bool> FillAsync(int count, CancellationToken cancellationToken)
    {
        if (_buffer.Length - _start < count)
        {
            var target = _buffer.Length < count ? new byte[count] : _buffer;
            _buffer.AsSpan(_start.._end).CopyTo(target);
            (_buffer, _start, _end) = (target, 0, _end - _start);
        }

        while (_end - _start < count)
        {
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (read == 0)
            {
                return false;
            }

            _end += read;
        }

        return true;
    }

    public static byte[] Write(ReadOnlySpan<byte> payload, EnvelopeFlags flags = EnvelopeFlags.None)
    {
        var envelope = new byte[HeaderLength + payload.Length];
        envelope[0] = (byte)flags;
        BinaryPrimitives.WriteUInt32BigEndian(envelope.AsSpan(1), (uint)payload.Length);
        payload.CopyTo(envelope.AsSpan(HeaderLength));
        return envelope;
    }
}

internal readonly record struct Envelope(EnvelopeFlags Flags, ReadOnlyMemory<byte> Payload);

[Flags]
internal enum EnvelopeFlags : byte
{
    None = 0,
    Compressed = 1,
    EndOfStream = 2,
}
