using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Colloquy.Silo.Sandboxes;

internal sealed partial class ScriptedE2B
{
    private Task WithSandbox(HttpContext context, RecordedRequest request, Func<Task> answer)
    {
        var id = request.Headers.GetValueOrDefault("E2b-Sandbox-Id") ?? "";
        if (Sandboxes.GetValueOrDefault(id) is not { State: "running" }
            || request.Headers.GetValueOrDefault("E2b-Sandbox-Port") != "49983")
        {
            return Json(context, 502, new JsonObject { ["sandboxId"] = id, ["message"] = "The sandbox was not found", ["code"] = 502 });
        }

        return request.Headers.GetValueOrDefault("X-Access-Token") == $"token-of-{id}"
            ? answer()
            : Error(context, 401, "unauthorized access");
    }

    private async Task SaveAsync(HttpContext context, RecordedRequest request)
    {
        if (context.Request.HasFormContentType)
        {
            foreach (var file in (await context.Request.ReadFormAsync()).Files.GetFiles("file"))
            {
                using var bytes = new MemoryStream();
                await file.CopyToAsync(bytes);
                Files[file.FileName] = bytes.ToArray();
            }
        }
        else
        {
            Files[context.Request.Query["path"]!] = request.Body;
        }

        // JSON that says it is text, as Go has it.
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync("""[{"path":"/x","name":"x","type":"file"}]""");
    }

    private async Task LoadAsync(HttpContext context)
    {
        var path = context.Request.Query["path"].ToString();
        if (Files.TryGetValue(path, out var bytes))
        {
            await context.Response.Body.WriteAsync(bytes);
        }
        else
        {
            await Error(context, 404, $"path '{path}' does not exist");
        }
    }

    private Task ListDirAsync(HttpContext context, RecordedRequest request)
    {
        var path = (string)request.Json["path"]!;
        return Folders.TryGetValue(path, out var json)
            ? Json(context, 200, JsonNode.Parse(json)!)
            : Error(context, 404, $"path '{path}' not found", code: "not_found");
    }

    private async Task StartAsync(HttpContext context, RecordedRequest request)
    {
        context.Response.ContentType = "application/connect+json";
        await Process(new ProcessScript(context, request));
    }
}
