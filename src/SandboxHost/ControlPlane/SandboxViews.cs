using System.Globalization;
using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.ControlPlane;

/// <summary>Shows sandboxes to callers.</summary>
internal static class SandboxViews
{
    private const string ClientId = "6532622b";
    private const string EnvdVersion = "0.6.13";
    internal const string Running = "running";
    internal const string Paused = "paused";

    internal static Task WriteSandboxAsync(HttpContext http, int status, Sandbox sandbox)
    {
        http.Response.StatusCode = status;
        var body = new SandboxBody
        {
            SandboxId = sandbox.Id,
            TemplateId = sandbox.Request.Template,
            Alias = sandbox.Request.Template,
            ClientId = ClientId,
            EnvdVersion = EnvdVersion,
            EnvdAccessToken = sandbox.AccessToken,
            TrafficAccessToken = sandbox.TrafficToken,
        };
        return http.Response.WriteAsJsonAsync(body, ControlPlaneJson.Default.SandboxBody);
    }

    internal static Task WriteDetailsAsync(HttpContext http, Sandbox sandbox)
    {
        var details = ListItem(sandbox) with
        {
            EnvdAccessToken = sandbox.AccessToken,
            AllowInternetAccess = sandbox.Request.Network == NetworkMode.Open,
            Lifecycle = new SandboxLifecycle
            {
                AutoResume = sandbox.Request.AutoResume,
                OnTimeout = sandbox.Request.AutoPause ? "pause" : "kill",
            },
        };
        return http.Response.WriteAsJsonAsync(details, ControlPlaneJson.Default.SandboxDetails);
    }

    /// <summary>One page, with <c>X-Next-Token</c> if there are more.</summary>
    /// <exception cref="ApiException">400: a parameter is wrong.</exception>
    internal static Task WriteListAsync(HttpContext http, IEnumerable<Sandbox> all)
    {
        var query = new ListQuery(http.Request.Query);
        var (page, next, running) = query.Select(all);
        if (next is { } token) http.Response.Headers["X-Next-Token"] = token.ToString();
        if (query.Running) http.Response.Headers["X-Total-Running"] = running.ToString(CultureInfo.InvariantCulture);
        return WriteAsync(http, page);
    }

    /// <summary>All that run, on one page.</summary>
    /// <exception cref="ApiException">400: the metadata are wrong.</exception>
    internal static Task WriteRunningAsync(HttpContext http, IEnumerable<Sandbox> all)
    {
        var filter = MetadataFilter.Parse(http.Request.Query["metadata"]);
        return WriteAsync(http, all.Where(sandbox => sandbox.IsRunning && filter.Matches(sandbox.Metadata)));
    }

    private static Task WriteAsync(HttpContext http, IEnumerable<Sandbox> sandboxes) => http.Response.WriteAsJsonAsync(
        [.. sandboxes.Select(ListItem)], ControlPlaneJson.Default.IReadOnlyListSandboxDetails);

    private static SandboxDetails ListItem(Sandbox sandbox) => new()
    {
        SandboxId = sandbox.Id,
        TemplateId = sandbox.Request.Template,
        Alias = sandbox.Request.Template,
        ClientId = ClientId,
        StartedAt = sandbox.StartedAt,
        EndAt = sandbox.EndAt,
        State = sandbox.IsRunning ? Running : Paused,
        EnvdVersion = EnvdVersion,
        CpuCount = sandbox.Limits.VCpus,
        MemoryMb = sandbox.Limits.MemoryMiB,
        DiskSizeMb = sandbox.Limits.DiskMiB,
        Metadata = sandbox.Metadata.Count > 0 ? sandbox.Metadata : null,
    };
}
