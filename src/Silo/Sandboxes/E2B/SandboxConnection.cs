using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Silo.Sandboxes.E2B;

/// <summary>How requests reach the daemon in one sandbox, and what their failures mean.</summary>
internal sealed class SandboxConnection(E2BClient client, E2BSandboxAccess access)
{
    private readonly Uri _url = client.SandboxUrl(access.SandboxId, access.Domain);
    private readonly AuthenticationHeaderValue _user =
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{client.User}:")));

    public E2BClient Client => client;

    public string SandboxId => access.SandboxId;

    public HttpRequestMessage Request(HttpMethod method, string path, HttpContent? content = null)
    {
        var request = new HttpRequestMessage(method, new Uri(_url, path))
        {
            Content = content,
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        request.Headers.Add("E2b-Sandbox-Id", access.SandboxId);
        request.Headers.Add("E2b-Sandbox-Port", SandboxAddress.DaemonPort);
        request.Headers.Authorization = _user;
        if (!string.IsNullOrEmpty(access.EnvdAccessToken))
        {
            request.Headers.Add("X-Access-Token", access.EnvdAccessToken);
        }

        return request;
    }

    public string FilesUrl(string? path = null)
    {
        var user = $"username={Uri.EscapeDataString(client.User)}";
        return path is null ? $"/files?{user}" : $"/files?path={Uri.EscapeDataString(path)}&{user}";
    }

    public bool DaemonIsAtLeast(int major, int minor, int patch) =>
        Version.TryParse(access.EnvdVersion, out var version) && version >= new Version(major, minor, patch);

    /// <summary>One attempt, up to the head of the answer.</summary>
    /// <param name="patience">Who watches over the waiting.</param>
    /// <exception cref="E2BHttpException">Trying again may help, or the daemon refused.</exception>
    /// <exception cref="SandboxException">The proxy cannot reach the sandbox, which trying again does not change.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, string what, CancellationTokenSource patience, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            var response = await client.Sandboxes.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            using (response)
            {
                var failure = await E2BHttpException.FromAsync(response, client.Time);
                throw response.StatusCode == HttpStatusCode.BadGateway
                    ? await ExplainAsync(what, failure, cancellationToken)
                    : failure;
            }
        }
        catch (Exception exception) when (IsTransport(exception) && !cancellationToken.IsCancellationRequested)
        {
            throw E2BHttpException.NoAnswer(exception);
        }
    }

    /// <summary>
    /// A proxy's 502 and a broken stream look the same for a sandbox that has ended and for one that cannot be
    /// reached just now: the control plane knows which it is.
    /// </summary>
    public async Task<SandboxException> DiagnoseAsync(string what, Exception? cause, CancellationToken cancellationToken)
    {
        try
        {
            return await client.Control.GetAsync(SandboxId, cancellationToken) is { } info
                ? new SandboxException(
                    SandboxFailure.Unavailable, $"{what}; sandbox {SandboxId} is {info.State ?? "still there"}.", cause)
                : new SandboxException(
                    SandboxFailure.Gone, $"{what}: sandbox {SandboxId} was killed or has expired.", cause);
        }
        catch (E2BHttpException exception)
        {
            return new SandboxException(
                SandboxFailure.Unavailable,
                $"{what}; whether sandbox {SandboxId} still runs is unknown ({exception.Message}).",
                cause);
        }
    }

    public async Task<SandboxException> ExplainAsync(
        string what, E2BHttpException failure, CancellationToken cancellationToken) =>
        failure.Status is null or >= HttpStatusCode.InternalServerError and not HttpStatusCode.InsufficientStorage
            ? await DiagnoseAsync($"{what} failed: {failure.Message}", failure, cancellationToken)
            : failure.ToSandboxException($"{what} in sandbox {SandboxId}", notFound: SandboxFailure.Refused);

    private static bool IsTransport(Exception exception) =>
        exception is HttpRequestException or IOException or OperationCanceledException;
}
