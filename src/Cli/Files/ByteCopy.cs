using Colloquy.Cli.Api;

namespace Colloquy.Cli.Files;

/// <summary>Copies a download, telling a broken connection from a full disk.</summary>
internal static class ByteCopy
{
    private const int BufferSize = 128 * 1024;

    /// <param name="progress">Told how many bytes have been copied since the last time.</param>
    /// <exception cref="ServerUnreachableException">The connection broke.</exception>
    /// <exception cref="LocalFileException">The target takes no more.</exception>
    public static async Task CopyAsync(
        Stream source, Stream target, Uri server, Action<long> progress, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferSize];
        while (await ReadAsync(source, buffer, server, cancellationToken) is > 0 and var count)
        {
            await WriteAsync(target, buffer.AsMemory(0, count), cancellationToken);
            progress(count);
        }

        await WriteAsync(target, ReadOnlyMemory<byte>.Empty, cancellationToken);
    }

    private static async Task<int> ReadAsync(Stream source, byte[] buffer, Uri server, CancellationToken cancellationToken)
    {
        try
        {
            return await source.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException exception)
        {
            throw new ServerUnreachableException(server, exception.GetBaseException());
        }
    }

    private static async Task WriteAsync(Stream target, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await target.WriteAsync(bytes, cancellationToken);
            if (bytes.IsEmpty)
            {
                await target.FlushAsync(cancellationToken);
            }
        }
        catch (IOException exception)
        {
            throw new LocalFileException($"What arrives cannot be written: {exception.Message}", exception);
        }
    }
}
