using System.Net.Http.Headers;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Silo.Sandboxes.E2B;

/// <summary>Writes files through the daemon. Writing the same bytes again does no harm.</summary>
internal static class FileUpload
{
    private const string What = "Writing files";

    /// <exception cref="SandboxException"/>
    public static Task WriteAsync(
        SandboxConnection connection, IReadOnlyList<SandboxFile> files, CancellationToken cancellationToken) =>
        RetryAsync(
            connection,
            async token =>
            {
                using var patience = new CancellationTokenSource(connection.Client.RequestTimeout);
                using var request = NewRequest(connection, files);
                using var response = await connection.SendAsync(request, What, patience, token);
                return true;
            },
            cancellationToken);

    /// <summary>Tried again only if the source can be read again.</summary>
    /// <exception cref="SandboxException"/>
    public static Task WriteAsync(
        SandboxConnection connection, string path, Stream source, CancellationToken cancellationToken)
    {
        var start = source.CanSeek ? source.Position : 0;
        return RetryAsync(
            connection,
            async token =>
            {
                if (source.CanSeek)
                {
                    source.Position = start;
                }

                await StreamAsync(connection, path, source, token);
                return true;
            },
            cancellationToken,
            isRepeatable: source.CanSeek);
    }

    private static async Task StreamAsync(
        SandboxConnection connection, string path, Stream source, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource();
        using var content = new UploadContent(source, patience, connection.Client.RequestTimeout);
        using var request = connection.DaemonIsAtLeast(0, 5, 7)
            ? connection.Request(HttpMethod.Post, connection.FilesUrl(path), AsBytes(content))
            : connection.Request(HttpMethod.Post, connection.FilesUrl(), new MultipartFormDataContent { { content, "file", path } });
        patience.CancelAfter(connection.Client.RequestTimeout);
        try
        {
            using var response = await connection.SendAsync(request, What, patience, cancellationToken);
        }
        catch (E2BHttpException)
        {
            content.SourceFailure?.Throw();
            throw;
        }
    }

    private static async Task RetryAsync(
        SandboxConnection connection,
        Func<CancellationToken, Task<bool>> write,
        CancellationToken cancellationToken,
        bool isRepeatable = true)
    {
        try
        {
            await (isRepeatable ? connection.Client.RetryAsync(write, cancellationToken) : write(cancellationToken));
        }
        catch (E2BHttpException exception)
        {
            throw await connection.ExplainAsync(What, exception, cancellationToken);
        }
    }

    private static HttpRequestMessage NewRequest(SandboxConnection connection, IReadOnlyList<SandboxFile> files)
    {
        if (files is [var file] && connection.DaemonIsAtLeast(0, 5, 7))
        {
            return connection.Request(
                HttpMethod.Post, connection.FilesUrl(file.Path), AsBytes(new ReadOnlyMemoryContent(file.Content)));
        }

        var form = new MultipartFormDataContent();
        foreach (var part in files)
        {
            // The file name is the whole path; this overload also sends it in the form that carries any character.
            form.Add(new ReadOnlyMemoryContent(part.Content), "file", part.Path);
        }

        return connection.Request(HttpMethod.Post, connection.FilesUrl(), form);
    }

    private static HttpContent AsBytes(HttpContent content)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return content;
    }
}
