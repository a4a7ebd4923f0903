using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Colloquy.Cli.Api;

/// <summary>The bytes of files on their way from and to the server. Nothing is repeated: a file may be large.</summary>
internal sealed class FileTransfers(HttpClient http, Uri server)
{
    /// <summary>The content of a file, as it arrives.</summary>
    /// <exception cref="ApiErrorException">The server refuses.</exception>
    /// <exception cref="ServerUnreachableException">It does not answer.</exception>
    public async Task<Stream> OpenAsync(string session, string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Route(session, path));
        var response = await SendAsync(request, cancellationToken);
        return await response.Content.ReadAsStreamAsync(cancellationToken);
    }

    /// <inheritdoc cref="OpenAsync" path="/exception"/>
    public async Task<StoredFileView> PutAsync(
        string session, string path, Stream content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, Route(session, path));
        request.Content = new StreamContent(content);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        // So that the server can refuse before anything is sent.
        request.Headers.ExpectContinue = true;
        using var response = await SendAsync(request, cancellationToken);
        var stored = await response.Content.ReadAsStringAsync(cancellationToken);
        return JsonSerializer.Deserialize<StoredFileView>(stored, ApiJson.Options)!;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return response.StatusCode == HttpStatusCode.OK
                ? response
                : throw await ErrorAsync(response, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            throw new ServerUnreachableException(server, exception.GetBaseException());
        }
    }

    private static async Task<ApiErrorException> ErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using (response)
        {
            var content = await response.Content.ReadAsStringAsync(cancellationToken);
            return new ApiErrorException(
                ApiErrorInfo.Parse((int)response.StatusCode, content, ColloquyClient.RequestId(response.Headers)));
        }
    }

    private static string Route(string session, string path) =>
        $"/v1/sessions/{Uri.EscapeDataString(session)}/files/content?path={Uri.EscapeDataString(path)}";
}
