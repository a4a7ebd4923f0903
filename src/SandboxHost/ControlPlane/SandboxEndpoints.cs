using System.Text.Json.Serialization.Metadata;
using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.ControlPlane;

/// <summary>Creates, finds, pauses, resumes and ends sandboxes.</summary>
internal sealed class SandboxEndpoints(
    SandboxRegistry registry, ApiKeyFilter key, CreateRequests requests)
{
    private const int DefaultTimeout = 300;

    /// <summary>Of the calls that E2B has replaced by others.</summary>
    private const int OldDefaultTimeout = 15;

    internal void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v2/sandboxes", key.Guard(http => CreateAsync(http, DefaultTimeout)));
        routes.MapPost("/sandboxes", key.Guard(http => CreateAsync(http, OldDefaultTimeout)));
        routes.MapGet("/v2/sandboxes", key.Guard(http => SandboxViews.WriteListAsync(http, registry.All)));
        routes.MapGet("/sandboxes", key.Guard(http => SandboxViews.WriteRunningAsync(http, registry.All)));
        routes.MapGet("/sandboxes/{id}", key.Guard(http => SandboxViews.WriteDetailsAsync(http, Find(http))));
        routes.MapDelete("/sandboxes/{id}", key.Guard(KillAsync));
        routes.MapPost("/sandboxes/{id}/timeout", key.Guard(SetTimeoutAsync));
        routes.MapPost("/sandboxes/{id}/refreshes", key.Guard(RefreshAsync));
        routes.MapPost("/sandboxes/{id}/pause", key.Guard(PauseAsync));
        routes.MapPost("/v2/sandboxes/{id}/connect", key.Guard(http => ConnectAsync(http, DefaultTimeout)));
        routes.MapPost("/sandboxes/{id}/connect", key.Guard(http => ConnectAsync(http, defaultTimeout: null)));
        routes.MapPost("/sandboxes/{id}/resume", key.Guard(ResumeAsync));
    }

    private async Task CreateAsync(HttpContext http, int defaultTimeout)
    {
        var body = await RequestBody.ReadAsync(http, ControlPlaneJson.Default.CreateBody);
        var sandbox = await registry.CreateAsync(await requests.ReadAsync(body, defaultTimeout, http.RequestAborted));
        await SandboxViews.WriteSandboxAsync(http, StatusCodes.Status201Created, sandbox);
    }

    private async Task KillAsync(HttpContext http)
    {
        var id = IdOf(http);
        if (!await registry.KillAsync(id)) throw new SandboxNotFoundException(id);
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task SetTimeoutAsync(HttpContext http)
    {
        var body = await RequestBody.ReadAsync(http, ControlPlaneJson.Default.TimeoutBody);
        await Find(http).SetTimeoutAsync(Timeouts.Clamped(body.Timeout));
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task RefreshAsync(HttpContext http)
    {
        var body = await ReadOptionalAsync(http, ControlPlaneJson.Default.RefreshBody);
        await Find(http).RefreshAsync(Timeouts.Refresh(body.Duration));
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task PauseAsync(HttpContext http)
    {
        var body = await ReadOptionalAsync(http, ControlPlaneJson.Default.PauseBody);
        await Find(http).PauseAsync(body.Memory ?? true);
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task ConnectAsync(HttpContext http, int? defaultTimeout)
    {
        var body = await ReadOptionalAsync(http, ControlPlaneJson.Default.TimeoutBody);
        if ((body.Timeout ?? defaultTimeout) is not { } seconds)
            throw new ApiException(400, "validation error: \"timeout\" is missing");
        var timeout = Timeouts.Valid(seconds);
        var sandbox = Find(http);
        var resumed = await sandbox.ConnectAsync(timeout);
        await SandboxViews.WriteSandboxAsync(
            http, resumed ? StatusCodes.Status201Created : StatusCodes.Status200OK, sandbox);
    }

    private async Task ResumeAsync(HttpContext http)
    {
        var body = await ReadOptionalAsync(http, ControlPlaneJson.Default.ResumeBody);
        var timeout = Timeouts.Valid(body.Timeout ?? OldDefaultTimeout);
        var sandbox = Find(http);
        await sandbox.ResumeAsync(timeout, body.AutoPause);
        await SandboxViews.WriteSandboxAsync(http, StatusCodes.Status201Created, sandbox);
    }

    private Sandbox Find(HttpContext http)
    {
        var id = IdOf(http);
        return registry.TryGet(id, out var sandbox) ? sandbox : throw new SandboxNotFoundException(id);
    }

    private static Task<T> ReadOptionalAsync<T>(HttpContext http, JsonTypeInfo<T> type)
        where T : class, new() => RequestBody.ReadAsync(http, type, whenEmpty: new T());

    // Older clients append the client id, which says nothing.
    private static string IdOf(HttpContext http)
    {
        var id = ((string)http.Request.RouteValues["id"]!).Split('-')[0];
        return id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c))
            ? id
            : throw new ApiException(400, "Invalid sandbox ID");
    }
}
