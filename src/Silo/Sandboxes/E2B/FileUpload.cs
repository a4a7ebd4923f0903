using System.Net;
using System.Net.Http.Headers;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Silo.Sandboxes.E2B;

internal static class FileUpload
{
    /// <exception cref="E2BHttpException">Trying again may help, or the daemon refused.</exception>
    /// <exception cref="SandboxException">The proxy cannot reach the sandbox, which trying again does not change.</exception>
    public static async Task<bool> SendAsync(
        SandboxConnection connection, IReadOnlyList<SandboxFile> files, CancellationToken cancellationToken)
    {
        using var request = NewRequest(connection, files);
        using var patience = new CancellationTokenSource(connection.Client.RequestTimeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            using var response = await connection.Client.Sandboxes.SendAsync(request, either.Token);
            if (response.IsSuccessStatusCode)
            {
                return true;
            }

            var failure = await E2BHttpException.FromAsync(response);
            throw response.StatusCode == HttpStatusCode.BadGateway
                ? await connection.ExplainAsync("Writing files", failure, cancellationToken)
                : failure;
        }
        catch (Exception exception) when (IsTransport(exception) && !cancellationToken.IsCancellationRequested)
        {
            throw E2BHttpException.NoAnswer(exception);
        }
    }

    private static bool IsTransport(Exception exception) =>
        exception is HttpRequestException or IOException or OperationCanceledException;

    private static HttpRequestMessage NewRequest(SandboxConnection connection, IReadOnlyList<SandboxFile> files)
    {
        var user = $"username={Uri.EscapeDataString(connection.Client.User)}";
        if (files is [var file] && connection.DaemonIsAtLeast(0, 5, 7))
        {
            var body = new ReadOnlyMemoryContent(file.Content);
            body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            return connection.Request($"/files?path={Uri.EscapeDataString(file.Path)}&{user}", body);
        }

        var form = new MultipartFormDataContent();
        foreach (var part in files)
        {
            // The file name is the whole path; this overload also sends it in the form that carries any character.
            form.Add(new ReadOnlyMemoryContent(part.Content), "file", part.Path);
        }

        return connection.Request($"/files?{user}", form);
    }
}
