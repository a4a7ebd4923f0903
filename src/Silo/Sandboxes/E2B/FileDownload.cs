using Colloquy.Grains.Sandboxes;

namespace Colloquy.Silo.Sandboxes.E2B;

/// <summary>
/// A file on its way from a sandbox. Silence and a broken connection become a <see cref="SandboxException"/>; its
/// reader may take its time.
/// </summary>
internal sealed class FileDownload : Stream
{
    private const string What = "Reading a file";

    private readonly SandboxConnection _connection;
    private readonly HttpResponseMessage _response;
    private readonly Stream _content;
    private readonly CancellationTokenSource _silence;

    private FileDownload(SandboxConnection connection, HttpResponseMessage response, Stream content)
    {
        (_connection, _response, _content) = (connection, response, content);
        _silence = new CancellationTokenSource(Timeout.InfiniteTimeSpan, connection.Client.Time);
    }

    /// <returns>Null if there is no such file.</returns>
    /// <exception cref="SandboxException"/>
    public static async Task<FileDownload?> OpenAsync(
        SandboxConnection connection, string path, CancellationToken cancellationToken)
    {
        try
        {
            var response = await connection.Client.RetryAsync(
                token => SendAsync(connection, path, token), cancellationToken);
            return new FileDownload(connection, response, await response.Content.ReadAsStreamAsync(cancellationToken));
        }
        catch (E2BHttpException exception) when (exception.IsNotFound)
        {
            return null;
        }
        catch (E2BHttpException exception)
        {
            throw await connection.ExplainAsync(What, exception, cancellationToken);
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _silence.CancelAfter(_connection.Client.RequestTimeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _silence.Token);
        try
        {
            return await _content.ReadAsync(buffer, either.Token);
        }
        catch (Exception exception) when (IsBreak(exception) && !cancellationToken.IsCancellationRequested)
        {
            var why = exception is OperationCanceledException ? "nothing came for too long" : exception.Message;
            throw await _connection.DiagnoseAsync($"{What} broke off: {why}", exception, cancellationToken);
        }
        finally
        {
            _silence.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("It comes over the network: read it asynchronously.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _response.Dispose();
            _silence.Dispose();
        }

        base.Dispose(disposing);
    }

    private static async Task<HttpResponseMessage> SendAsync(
        SandboxConnection connection, string path, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(connection.Client.RequestTimeout);
        using var request = connection.Request(HttpMethod.Get, connection.FilesUrl(path));
        return await connection.SendAsync(request, What, patience, cancellationToken);
    }

    private static bool IsBreak(Exception exception) =>
        exception is IOException or HttpRequestException or OperationCanceledException;
}
