using System.Net;
using System.Runtime.ExceptionServices;

namespace Colloquy.Silo.Sandboxes.E2B;

/// <summary>
/// The body of an upload, as its source yields it. Only what the server takes its time for counts as its silence, and
/// a source that fails is not taken for a broken connection.
/// </summary>
internal sealed class UploadContent(Stream source, CancellationTokenSource patience, TimeSpan limit) : HttpContent
{
    private const int PieceLength = 64 * 1024;

    public ExceptionDispatchInfo? SourceFailure { get; private set; }

    protected override bool TryComputeLength(out long length)
    {
        length = source.CanSeek ? source.Length - source.Position : 0;
        return source.CanSeek;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var piece = new byte[PieceLength];
        while (await ReadSourceAsync(piece, cancellationToken) is > 0 and var read)
        {
            await stream.WriteAsync(piece.AsMemory(0, read), cancellationToken);
        }
    }

    private async Task<int> ReadSourceAsync(byte[] piece, CancellationToken cancellationToken)
    {
        patience.CancelAfter(Timeout.InfiniteTimeSpan);
        try
        {
            return await source.ReadAsync(piece, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            SourceFailure = ExceptionDispatchInfo.Capture(exception);
            throw;
        }
        finally
        {
            patience.CancelAfter(limit);
        }
    }
}
