using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Silo.Sandboxes.E2B;

/// <summary>How requests reach the daemon in one sandbox, and what their failures mean.</summary>
internal sealed class SandboxConnection(E2BClient client, E2BSandboxAccess access)
{
    private const string DaemonPort = "49983";

    private readonly Uri _url = client.SandboxUrl(access.Domain);
    private readonly AuthenticationHeaderValue _user =
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{client.User}:")));

    public E2BClient Client => client;

    public string SandboxId => access.SandboxId;

    public HttpRequestMessage Request(string path, HttpContent content)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_url, path))
        {
            Content = content,
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        request.Headers.Add("E2b-Sandbox-Id", access.SandboxId);
        request.Headers.Add("E2b-Sandbox-Port", DaemonPort);
        request.Headers.Authorization = _user;
        if (!string.IsNullOrEmpty(access.EnvdAccessToken))
        {
            request.Headers.Add("X-Access-Token", access.EnvdAccessToken);
        }

        return request;
    }

    public bool DaemonIsAtLeast(int major, int minor, int patch) =>
        Version.TryParse(access.EnvdVersion, out var version) && version >= new Version(major, minor, patch);

    /// <summary>
    /// A proxy's 502 and a broken stream look the same for a sandbox that has ended and for one that cannot be
    /// reached just now: the control plane knows which it is.
    /// </summary>
    public async Task<SandboxException> DiagnoseAsync(string what, Exception? cause, CancellationToken cancellationToken)
    {
        try
        {
            var info = await client.Api.GetAsync(SandboxId, cancellationToken);
            return new SandboxException(
                SandboxFailure.Unavailable, $"{what}; sandbox {SandboxId} is {info.State ?? "still there"}.", cause);
        }
        catch (E2BHttpException exception) when (exception.Status == HttpStatusCode.NotFound)
        {
            return new SandboxException(
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
}
