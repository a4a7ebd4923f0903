using System.Security.Cryptography;
using System.Text;
using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>Leads requests with E2B's routing headers to their sandbox, as E2B's proxy does.</summary>
internal sealed class DataPlaneRouting(SandboxRegistry registry)
{
    private const string IdHeader = "E2b-Sandbox-Id";
    private const string PortHeader = "E2b-Sandbox-Port";
    private const string EnvdPort = "49983";
    private static readonly object SandboxKey = new();

    internal async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        string? id = http.Request.Headers[IdHeader], port = http.Request.Headers[PortHeader];
        if (id is null && port is null) await next(http);
        else if (id is null || port is null) await RefuseAsync(http, "missing header");
        else if (!ushort.TryParse(port, out _)) await RefuseAsync(http, "Invalid sandbox port");
        else if (!registry.TryGet(id, out var sandbox) || !await sandbox.WakeAsync()) await NotFoundAsync(http, id);
        else if (port != EnvdPort) await PortClosedAsync(http, id, port);
        else
        {
            http.Items[SandboxKey] = sandbox;
            await next(http);
        }
    }

    /// <summary>Gives a data-plane call its sandbox, once the caller has shown its token.</summary>
    internal static RequestDelegate Guard(Func<HttpContext, Sandbox, Task> call, bool checkToken = true) => http =>
    {
        if (http.Items[SandboxKey] is not Sandbox sandbox) return RefuseAsync(http, "missing header");
        if (checkToken && !HasToken(http, sandbox))
            throw new ApiException(401, "unauthorized access, please provide a valid access token or method signature");
        return call(http, sandbox);
    };

    private static bool HasToken(HttpContext http, Sandbox sandbox) => CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(http.Request.Headers["X-Access-Token"].ToString()),
        Encoding.UTF8.GetBytes(sandbox.AccessToken));

    private static Task RefuseAsync(HttpContext http, string message)
    {
        http.Response.StatusCode = StatusCodes.Status400BadRequest;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync(message);
    }

    private static Task NotFoundAsync(HttpContext http, string id) =>
        BadGatewayAsync(http, $"{{\"sandboxId\":{ApiErrors.JsonText(id)},\"message\":\"The sandbox was not found\",\"code\":502}}");

    private static Task PortClosedAsync(HttpContext http, string id, string port) => BadGatewayAsync(
        http,
        $"{{\"sandboxId\":{ApiErrors.JsonText(id)},\"message\":\"The sandbox is running but port is not open\",\"port\":{ushort.Parse(port, null)},\"code\":502}}");

    private static Task BadGatewayAsync(HttpContext http, string body)
    {
        http.Response.StatusCode = StatusCodes.Status502BadGateway;
        http.Response.ContentType = "application/json; charset=utf-8";
        return http.Response.WriteAsync(body);
    }
}
