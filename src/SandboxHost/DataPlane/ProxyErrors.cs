using Colloquy.SandboxHost.Http;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>What E2B's proxy answers for a sandbox that does not.</summary>
internal static class ProxyErrors
{
    /// <summary>The request names no sandbox, or names it wrongly.</summary>
    internal static Task MalformedAsync(HttpContext http, string message)
    {
        http.Response.StatusCode = StatusCodes.Status400BadRequest;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync(message);
    }

    internal static Task NotFoundAsync(HttpContext http, string id) =>
        WriteAsync(http, StatusCodes.Status502BadGateway, id, "The sandbox was not found");

    internal static Task PortAsync(HttpContext http, string id, int port, string what) => WriteAsync(
        http, StatusCodes.Status502BadGateway, id, $"The sandbox is running but {what}", $",\"port\":{port}");

    internal static Task ForbiddenAsync(HttpContext http, string id, string header) => WriteAsync(
        http, StatusCodes.Status403Forbidden, id, $"The sandbox is not public: send its traffic access token as '{header}'");

    private static Task WriteAsync(HttpContext http, int status, string id, string message, string more = "")
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json; charset=utf-8";
        return http.Response.WriteAsync(
            $"{{\"sandboxId\":{ApiErrors.JsonText(id)},\"message\":{ApiErrors.JsonText(message)}{more},\"code\":{status}}}");
    }
}
