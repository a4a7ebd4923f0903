using Colloquy.Web.Errors;
using Microsoft.AspNetCore.Http;

namespace Colloquy.Web.Sandboxes;

/// <summary>
/// The body of an upload. It fails when it grows beyond what is allowed, whatever length it was announced with, and
/// remembers its failure: who copies it may hide that behind one of their own.
/// </summary>
internal sealed class UploadBody(Stream body, long limit) : Stream
{
    private const long MiB = 1024 * 1024;

    /// <summary>Bytes read so far.</summary>
    public long Size { get; private set; }

    public Exception? Failure { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="RequestTooLargeException">It says so itself: there is no need to read it.</exception>
    public static UploadBody Of(HttpRequest request, long limit) =>
        request.ContentLength > limit ? throw TooLarge(limit) : new UploadBody(request.Body, limit);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var count = await body.ReadAsync(buffer, cancellationToken);
            Size += count;
            return Size <= limit ? count : throw TooLarge(limit);
        }
        catch (Exception exception)
        {
            Failure = exception;
            throw;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static RequestTooLargeException TooLarge(long limit) => new(
        "body", $"larger than the {limit / MiB} MiB that a file may have (Sandbox:MaxFileMiB). Nothing was stored.");
}
