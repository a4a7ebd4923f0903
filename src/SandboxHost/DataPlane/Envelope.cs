using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Colloquy.SandboxHost.Http;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>The frames of Connect streams: one byte of flags, four of length, the payload.</summary>
internal static class Envelope
{
    internal const byte EndOfStream = 0x02;
    private const int HeaderLength = 5;
    private const int LargestRequest = 16 << 20;

    /// <summary>Reads the one envelope that a server stream's request is.</summary>
    /// <exception cref="ConnectException"/>
    internal static async Task<byte[]> ReadSingleAsync(PipeReader body, CancellationToken cancellationToken)
    {
        ReadResult read;
        do
        {
            read = await body.ReadAsync(cancellationToken);
            if (read.Buffer.Length > LargestRequest + HeaderLength)
            {
                body.AdvanceTo(read.Buffer.End);
                throw TooLarge();
            }

            if (!read.IsCompleted) body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
        while (!read.IsCompleted);

        var envelope = read.Buffer.ToArray();
        body.AdvanceTo(read.Buffer.End);
        return PayloadOf(envelope);
    }

    /// <summary>Reads the next envelope of a client stream.</summary>
    /// <returns>Null after the last.</returns>
    /// <exception cref="ConnectException"/>
    internal static async Task<byte[]?> ReadAsync(PipeReader body, CancellationToken cancellationToken)
    {
        var header = await ReadExactlyAsync(body, HeaderLength, cancellationToken);
        if (header.Length == 0) return null;
        if (header.Length < HeaderLength) throw Invalid("the request ends within an envelope");
        var length = LengthOf(header);
        if (length > LargestRequest) throw TooLarge();
        var payload = await ReadExactlyAsync(body, (int)length, cancellationToken);
        return payload.Length == length ? payload : throw Invalid("the request ends within an envelope");
    }

    internal static void Write(PipeWriter body, byte flags, ReadOnlySpan<byte> payload)
    {
        var header = body.GetSpan(HeaderLength);
        header[0] = flags;
        BinaryPrimitives.WriteInt32BigEndian(header[1..], payload.Length);
        body.Advance(HeaderLength);
        body.Write(payload);
    }

    internal static byte[] Trailer(ConnectException? failure) => failure is null
        ? "{}"u8.ToArray()
        : System.Text.Encoding.UTF8.GetBytes($"{{\"error\":{ErrorBody(failure)}}}");

    internal static string ErrorBody(ConnectException failure) =>
        $"{{\"code\":\"{failure.Code}\",\"message\":{ApiErrors.JsonText(failure.Message)}}}";

    private static byte[] PayloadOf(byte[] envelope)
    {
        if (envelope.Length < HeaderLength) throw Invalid("the request is not an envelope");
        var length = LengthOf(envelope);
        return envelope.Length - HeaderLength == length
            ? envelope[HeaderLength..]
            : throw Invalid($"the envelope promises {length} bytes and the body has {envelope.Length - HeaderLength}");
    }

    // Less only where the body ends.
    private static async Task<byte[]> ReadExactlyAsync(PipeReader body, int length, CancellationToken cancellationToken)
    {
        if (length == 0) return [];
        var read = await body.ReadAtLeastAsync(length, cancellationToken);
        var bytes = read.Buffer.Slice(0, Math.Min(length, read.Buffer.Length));
        var copy = bytes.ToArray();
        body.AdvanceTo(bytes.End);
        return copy;
    }

    private static uint LengthOf(byte[] envelope) => envelope[0] == 0
        ? BinaryPrimitives.ReadUInt32BigEndian(envelope.AsSpan(1))
        : throw Invalid($"envelope flags 0x{envelope[0]:x2} are not supported");

    private static ConnectException TooLarge() =>
        new(ConnectException.ResourceExhausted, $"message larger than {LargestRequest} bytes");

    private static ConnectException Invalid(string message) =>
        new(ConnectException.InvalidArgument, $"protocol error: {message}");
}
