using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Colloquy.Silo.Sandboxes;

internal sealed partial class ScriptedE2B
{
    private Task ControlAsync(HttpContext context, RecordedRequest request)
    {
        if (!request.Headers.ContainsKey("X-API-KEY"))
        {
            return Error(context, 401, "authorization header is missing");
        }

        var id = request.Path.Split('/').FirstOrDefault(part => part.StartsWith("i0", StringComparison.Ordinal)) ?? "";
        return request.Call.Replace(id.Length > 0 ? id : "\0", "{id}", StringComparison.Ordinal) switch
        {
            "POST /v2/sandboxes" => CreateAsync(context, request),
            "GET /v2/sandboxes" => ListAsync(context, request),
            _ when !Sandboxes.TryGetValue(id, out _) => Error(context, 404, $"Sandbox \"{id}\" doesn't exist"),
            "GET /sandboxes/{id}" => Json(context, 200, Sandboxes[id].ToJson()),
            "POST /v2/sandboxes/{id}/connect" => ConnectAsync(context, request, Sandboxes[id]),
            "POST /sandboxes/{id}/timeout" => SetTimeoutAsync(context, request, Sandboxes[id]),
            "POST /sandboxes/{id}/pause" => PauseAsync(context, Sandboxes[id]),
            "DELETE /sandboxes/{id}" => DeleteAsync(context, id),
            _ => Error(context, 404, $"no such call: {request.Call}"),
        };
    }

    private Task CreateAsync(HttpContext context, RecordedRequest request)
    {
        if (TooLong(request))
        {
            return Error(context, 400, "Timeout cannot be greater than the plan allows");
        }

        var sandbox = Add(request.Json["metadata"]!.Deserialize<Dictionary<string, string>>()!);
        sandbox.EndAt = Time.GetUtcNow() + TimeoutOf(request);
        return Json(context, 201, Access(sandbox.Id));
    }

    private Task ConnectAsync(HttpContext context, RecordedRequest request, FakeSandbox sandbox)
    {
        if (TooLong(request))
        {
            return Error(context, 400, "Timeout cannot be greater than the plan allows");
        }

        var wasPaused = sandbox.State == "paused";
        var end = Time.GetUtcNow() + TimeoutOf(request);
        sandbox.State = "running";
        sandbox.EndAt = wasPaused || end > sandbox.EndAt ? end : sandbox.EndAt;
        return Json(context, wasPaused ? 201 : 200, Access(sandbox.Id));
    }

    private Task SetTimeoutAsync(HttpContext context, RecordedRequest request, FakeSandbox sandbox)
    {
        if (sandbox.State == "paused")
        {
            return Error(context, 404, $"Sandbox \"{sandbox.Id}\" doesn't exist or you don't have access to it");
        }

        var asked = TimeoutOf(request);
        sandbox.EndAt = Time.GetUtcNow() + (asked < LongestRun ? asked : LongestRun);
        return NoContent(context);
    }

    private Task PauseAsync(HttpContext context, FakeSandbox sandbox)
    {
        if (sandbox.State == "paused")
        {
            return Error(context, 409, $"Sandbox {sandbox.Id} is already paused");
        }

        (sandbox.State, sandbox.EndAt) = ("paused", Time.GetUtcNow());
        return NoContent(context);
    }

    private Task DeleteAsync(HttpContext context, string id)
    {
        Sandboxes.TryRemove(id, out _);
        return NoContent(context);
    }

    private Task ListAsync(HttpContext context, RecordedRequest request)
    {
        var start = int.Parse("0" + context.Request.Query["nextToken"], CultureInfo.InvariantCulture);
        var found = Matching(request).OrderByDescending(sandbox => sandbox.StartedAt).Skip(start).ToList();
        if (found.Count > PageLength)
        {
            context.Response.Headers["X-Next-Token"] = (start + PageLength).ToString(CultureInfo.InvariantCulture);
        }

        return Json(context, 200, new JsonArray([.. found.Take(PageLength).Select(sandbox => sandbox.ToJson())]));
    }

    /// <summary>Decodes three times, as E2B does.</summary>
    private IEnumerable<FakeSandbox> Matching(RecordedRequest request)
    {
        var list = Uri.UnescapeDataString(Uri.UnescapeDataString(request.Query.Split("metadata=")[1].Split('&')[0]));
        var pairs = list.Split('&').Select(pair => pair.Split('=').Select(Uri.UnescapeDataString).ToArray());
        return Sandboxes.Values.Where(
            sandbox => pairs.All(pair => sandbox.Metadata.GetValueOrDefault(pair[0]) == pair[1]));
    }

    private JsonObject Access(string id) => new()
    {
        ["sandboxID"] = id,
        ["templateID"] = "rki5dems9wqfm4r03t7g",
        ["clientID"] = "6532622b",
        ["envdVersion"] = EnvdVersion,
        ["envdAccessToken"] = $"token-of-{id}",
        ["domain"] = null,
        ["somethingNew"] = 1,
    };

    private bool TooLong(RecordedRequest request) => TimeoutOf(request) > LongestRun;

    private static TimeSpan TimeoutOf(RecordedRequest request) =>
        TimeSpan.FromSeconds(request.Json["timeout"]!.GetValue<int>());

    private static Task NoContent(HttpContext context)
    {
        context.Response.StatusCode = 204;
        return Task.CompletedTask;
    }
}
