using Microsoft.AspNetCore.Http;

namespace Colloquy.Web.Requests;

/// <summary>
/// Refuses what a page of another site sends. The server has no accounts, so without this any page that is open in a
/// browser on this machine could start agents.
/// </summary>
internal static class SameOrigin
{
    public static Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length == 0 || IsOwn(origin, context.Request.Host))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    private static bool IsOwn(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) &&
        string.Equals(uri.Authority, host.Value, StringComparison.OrdinalIgnoreCase);
}
