using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.ControlPlane;

/// <summary>Creates, finds and ends sandboxes.</summary>
internal sealed class SandboxEndpoints(SandboxRegistry registry, SandboxViews views, ApiKeyFilter key)
{
    internal const string TemplateId = "base";
    private const int DefaultTimeout = 300;
    private const int LongestTimeoutHours = 24;
    private const int LongestTimeout = LongestTimeoutHours * 3600;

    internal void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v2/sandboxes", key.Guard(CreateAsync));
        routes.MapGet("/v2/sandboxes", key.Guard(http => views.WriteListAsync(http, registry.Running)));
        routes.MapGet("/sandboxes/{id}", key.Guard(http => views.WriteDetailsAsync(http, Find(http))));
        routes.MapPost("/v2/sandboxes/{id}/connect", key.Guard(ConnectAsync));
        routes.MapPost("/sandboxes/{id}/timeout", key.Guard(SetTimeoutAsync));
        routes.MapDelete("/sandboxes/{id}", key.Guard(KillAsync));
    }

    private async Task CreateAsync(HttpContext http)
    {
        var body = await RequestBody.ReadAsync(http, ControlPlaneJson.Default.CreateBody);
        var sandbox = await registry.CreateAsync(new SandboxRequest(
            ValidTimeout(body.Timeout), Valid(body).Metadata ?? [], body.EnvVars ?? []));
        await SandboxViews.WriteSandboxAsync(http, StatusCodes.Status201Created, sandbox);
    }

    private async Task ConnectAsync(HttpContext http)
    {
        var body = await RequestBody.ReadAsync(http, ControlPlaneJson.Default.TimeoutBody, whenEmpty: new TimeoutBody());
        var timeout = ValidTimeout(body.Timeout);
        var sandbox = Find(http);
        sandbox.Extend(timeout);
        await SandboxViews.WriteSandboxAsync(http, StatusCodes.Status200OK, sandbox);
    }

    private async Task SetTimeoutAsync(HttpContext http)
    {
        var body = await RequestBody.ReadAsync(http, ControlPlaneJson.Default.TimeoutBody);
        if (body.Timeout is not (>= 0 and var seconds))
            throw new ApiException(400, "validation error: \"timeout\" must be a number of seconds, 0 or more");
        // Too much is not an error here, unlike in create and connect.
        Find(http).SetTimeout(TimeSpan.FromSeconds(Math.Min(seconds, LongestTimeout)));
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task KillAsync(HttpContext http)
    {
        var id = IdOf(http);
        if (!await registry.KillAsync(id)) throw NotFound(id);
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static CreateBody Valid(CreateBody body)
    {
        if (body.TemplateId is null) throw new ApiException(400, "validation error: \"templateID\" is missing");
        if (!string.Equals(body.TemplateId, TemplateId, StringComparison.OrdinalIgnoreCase))
            throw new ApiException(404, $"template '{body.TemplateId}' not found");
        if (body.AllowInternetAccess)
            throw new ApiException(400, "allow_internet_access: this host gives its sandboxes no network");
        return body.EnvVars?.Keys.FirstOrDefault(name => !EntryScript.IsVariableName(name)) is { } wrong
            ? throw new ApiException(400, $"validation error: \"envVars\": '{wrong}' cannot name a variable")
            : body;
    }

    private static TimeSpan ValidTimeout(int? seconds) => (seconds ?? DefaultTimeout) switch
    {
        <= 0 => throw new ApiException(400, "Timeout must be greater than 0"),
        > LongestTimeout => throw new ApiException(400, $"Timeout cannot be greater than {LongestTimeoutHours} hours"),
        var valid => TimeSpan.FromSeconds(valid),
    };

    private Sandbox Find(HttpContext http)
    {
        var id = IdOf(http);
        return registry.TryGet(id, out var sandbox) ? sandbox : throw NotFound(id);
    }

    // Older clients append the client id, which says nothing.
    private static string IdOf(HttpContext http)
    {
        var id = ((string)http.Request.RouteValues["id"]!).Split('-')[0];
        return id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c))
            ? id
            : throw new ApiException(400, "Invalid sandbox ID");
    }

    private static ApiException NotFound(string id) =>
        new(404, $"Sandbox \"{id}\" doesn't exist or you don't have access to it");
}
