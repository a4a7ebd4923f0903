using System.Security.Cryptography;
using System.Text;
using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>Leads requests for a sandbox to it, as E2B's proxy does: by its host name or by two headers.</summary>
internal sealed class DataPlaneRouting(SandboxRegistry registry, PortForwarder ports)
{
    internal const string IdHeader = "E2b-Sandbox-Id";
    internal const string PortHeader = "E2b-Sandbox-Port";
    internal const string TokenHeader = "X-Access-Token";
    private static readonly object SandboxKey = new();

    internal async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        var headers = http.Request.Headers;
        var (address, error) = SandboxAddress.Parse(http.Request.Host.Host, headers[IdHeader], headers[PortHeader]);
        if (error is not null)
        {
            await ProxyErrors.MalformedAsync(http, error);
        }
        else if (address is not var (id, port))
        {
            await next(http);
        }
        else if (!registry.TryGet(id, out var sandbox) || !await sandbox.WakeAsync())
        {
            await ProxyErrors.NotFoundAsync(http, id);
        }
        else if (port != SandboxAddress.EnvdPort)
        {
            await ports.ForwardAsync(http, sandbox, port);
        }
        else
        {
            http.Items[SandboxKey] = sandbox;
            await next(http);
        }
    }

    /// <summary>Gives a data-plane call its sandbox, once the caller has shown its token.</summary>
    internal static RequestDelegate Guard(Func<HttpContext, Sandbox, Task> call, bool checkToken = true) => http =>
    {
        if (http.Items[SandboxKey] is not Sandbox sandbox) return ProxyErrors.MalformedAsync(http, "missing header");
        if (checkToken && !HasToken(http, sandbox))
            throw new ApiException(401, "unauthorized access, please provide a valid access token or method signature");
        return call(http, sandbox);
    };

    private static bool HasToken(HttpContext http, Sandbox sandbox) => CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(http.Request.Headers[TokenHeader].ToString()),
        Encoding.UTF8.GetBytes(sandbox.AccessToken));
}
