using System.Globalization;
using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.ControlPlane;

/// <summary>What sandboxes have used, for callers of the control plane.</summary>
internal sealed class MetricsEndpoints(SandboxRegistry registry, MetricsSampler sampler, ApiKeyFilter key)
{
    private const int MostSandboxes = 100;

    internal void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/sandboxes/metrics", key.Guard(LatestAsync));
        routes.MapGet("/sandboxes/{id}/metrics", key.Guard(HistoryAsync));
    }

    private Task HistoryAsync(HttpContext http)
    {
        var id = ((string)http.Request.RouteValues["id"]!).Split('-')[0];
        var start = TimeOf(http, "start") ?? DateTimeOffset.UnixEpoch;
        var end = TimeOf(http, "end") ?? DateTimeOffset.MaxValue;
        if (start > end) throw new ApiException(400, "validation error: start must not be after end");
        if (!registry.TryGet(id, out var sandbox))
            throw new ApiException(404, $"Sandbox \"{id}\" doesn't exist or you don't have access to it");
        // What lies outside of its life adds nothing but would make the answer coarser.
        var history = sampler.Of(id);
        if (start < sandbox.StartedAt) start = sandbox.StartedAt;
        if (history.Latest is { Time: var latest } && end > latest) end = latest;
        IReadOnlyList<MetricsBody> found = [.. history.Between(start, end).Select(sample => MetricsBody.Of(sample, sandbox.Limits))];
        return http.Response.WriteAsJsonAsync(found, MetricsJson.Default.IReadOnlyListMetricsBody);
    }

    private Task LatestAsync(HttpContext http)
    {
        var ids = http.Request.Query["sandbox_ids"].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries);
        if (ids.Length is 0 or > MostSandboxes)
            throw new ApiException(400, $"validation error: sandbox_ids must name 1 to {MostSandboxes} sandboxes");
        var found = new Dictionary<string, MetricsBody>();
        foreach (var id in ids)
        {
            if (registry.TryGet(id, out var sandbox) && sampler.Of(id).Latest is { } latest) found[id] = MetricsBody.Of(latest, sandbox.Limits);
        }

        return http.Response.WriteAsJsonAsync(
            new LatestMetricsBody { Sandboxes = found }, MetricsJson.Default.LatestMetricsBody);
    }

    private static DateTimeOffset? TimeOf(HttpContext http, string name)
    {
        var text = http.Request.Query[name].ToString();
        if (text.Length == 0) return null;
        return long.TryParse(text, CultureInfo.InvariantCulture, out var seconds)
            && seconds >= 0 && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
                ? DateTimeOffset.FromUnixTimeSeconds(seconds)
                : throw new ApiException(400, $"validation error: {name} must be Unix time in seconds");
    }
}
