using System.Globalization;
using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.ControlPlane;

/// <summary>Shows sandboxes to callers.</summary>
internal sealed class SandboxViews(SandboxHostOptions options)
{
    private const string ClientId = "6532622b";
    private const string EnvdVersion = "0.6.13";
    private const string RunningState = "running";
    private const int LargestPage = 100;
    private static readonly string[] Unsupported = ["order", "startedAfter", "template"];

    internal static Task WriteSandboxAsync(HttpContext http, int status, Sandbox sandbox)
    {
        http.Response.StatusCode = status;
        var body = new SandboxBody
        {
            SandboxId = sandbox.Id,
            TemplateId = SandboxEndpoints.TemplateId,
            Alias = SandboxEndpoints.TemplateId,
            ClientId = ClientId,
            EnvdVersion = EnvdVersion,
            EnvdAccessToken = sandbox.AccessToken,
            TrafficAccessToken = sandbox.TrafficToken,
        };
        return http.Response.WriteAsJsonAsync(body, ControlPlaneJson.Default.SandboxBody);
    }

    internal Task WriteDetailsAsync(HttpContext http, Sandbox sandbox)
    {
        var details = ListItem(sandbox) with
        {
            EnvdAccessToken = sandbox.AccessToken,
            AllowInternetAccess = sandbox.NetworkMode == NetworkMode.Open,
            Lifecycle = new SandboxLifecycle { AutoResume = false, OnTimeout = "kill" },
        };
        return http.Response.WriteAsJsonAsync(details, ControlPlaneJson.Default.SandboxDetails);
    }

    /// <summary>One page, with <c>X-Next-Token</c> if there are more.</summary>
    /// <exception cref="ApiException">400: a parameter is wrong.</exception>
    internal Task WriteListAsync(HttpContext http, IEnumerable<Sandbox> all)
    {
        var query = http.Request.Query;
        RefuseUnsupported(query);
        var filter = MetadataFilter.Parse(query["metadata"]);
        var limit = LimitOf(query["limit"]);
        var after = PageToken.Parse(query["nextToken"]);
        Sandbox[] found = WantsRunning(query["state"]) ? [.. all.Where(sandbox => filter.Matches(sandbox.Metadata))] : [];

        Sandbox[] rest =
        [
            .. found.Where(sandbox => after?.IsBefore(sandbox.StartedAt, sandbox.Id) ?? true)
                .OrderByDescending(sandbox => sandbox.StartedAt).ThenBy(sandbox => sandbox.Id, StringComparer.Ordinal)
                .Take(limit + 1),
        ];
        if (rest.Length > limit)
        {
            var last = rest[limit - 1];
            http.Response.Headers["X-Next-Token"] = new PageToken(last.StartedAt, last.Id).ToString();
        }

        http.Response.Headers["X-Total-Running"] = found.Length.ToString(CultureInfo.InvariantCulture);
        return http.Response.WriteAsJsonAsync(
            [.. rest.Take(limit).Select(ListItem)], ControlPlaneJson.Default.IReadOnlyListSandboxDetails);
    }

    private SandboxDetails ListItem(Sandbox sandbox) => new()
    {
        SandboxId = sandbox.Id,
        TemplateId = SandboxEndpoints.TemplateId,
        Alias = SandboxEndpoints.TemplateId,
        ClientId = ClientId,
        StartedAt = sandbox.StartedAt,
        EndAt = sandbox.EndAt,
        State = RunningState,
        EnvdVersion = EnvdVersion,
        CpuCount = options.VCpus,
        MemoryMb = options.MemoryMiB,
        DiskSizeMb = new DriveInfo(options.DataFolder).TotalSize >> 20,
        Metadata = sandbox.Metadata.Count > 0 ? sandbox.Metadata : null,
    };

    private static void RefuseUnsupported(IQueryCollection query)
    {
        foreach (var name in Unsupported)
        {
            if (query.ContainsKey(name)) throw new ApiException(400, $"'{name}' is not supported by this host");
        }
    }

    private static bool WantsRunning(string? state)
    {
        if (string.IsNullOrEmpty(state)) return true;
        var states = state.Split(',');
        return states.All(one => one is RunningState or "paused")
            ? states.Contains(RunningState)
            : throw new ApiException(400, $"validation error: state '{state}' is not running, paused or both");
    }

    private static int LimitOf(string? limit)
    {
        if (string.IsNullOrEmpty(limit)) return LargestPage;
        return int.TryParse(limit, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= LargestPage
            ? number
            : throw new ApiException(400, $"validation error: limit must be between 1 and {LargestPage}");
    }
}
