using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Colloquy.Cli.Tests.Fakes;

/// <summary>The files of every session and the list of sandboxes.</summary>
internal sealed partial class FakeApi
{
    /// <summary>By absolute path.</summary>
    public ConcurrentDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Breaks the next download after its first half.</summary>
    public bool BreakNextDownload { get; set; }

    public JsonNode Sandboxes { get; set; } = FakeJson.Sandboxes();

    private void MapFiles()
    {
        _app.MapGet("/v1/sessions/{id}/files", (string id, string? path) =>
            Next() ?? (Find(id) is null ? Problem(404, "session_not_found", $"Session '{id}' does not exist.") : Json(FakeJson.Files(path))));
        _app.MapGet("/v1/sessions/{id}/files/content", ReadAsync);
        _app.MapPut("/v1/sessions/{id}/files/content", WriteAsync);
        _app.MapGet("/v1/sandboxes", () => Next() ?? Json(Sandboxes));
    }

    private async Task ReadAsync(string id, string path, HttpContext http)
    {
        if (Next() is { } failure)
        {
            await failure.ExecuteAsync(http);
        }
        else if (!Files.TryGetValue(Absolute(path), out var content))
        {
            await Problem(404, "file_not_found", $"There is no file '{path}'.").ExecuteAsync(http);
        }
        else if (BreakNextDownload)
        {
            BreakNextDownload = false;
            await http.Response.Body.WriteAsync(content.AsMemory(0, content.Length / 2));
            await http.Response.Body.FlushAsync();
            http.Abort();
        }
        else
        {
            await http.Response.Body.WriteAsync(content);
        }
    }

    private async Task<IResult> WriteAsync(string id, string path, HttpRequest request)
    {
        if (Next() is { } failure)
        {
            return failure;
        }

        using var content = new MemoryStream();
        await request.Body.CopyToAsync(content);
        Files[Absolute(path)] = content.ToArray();
        return Json(new JsonObject { ["path"] = Absolute(path), ["size"] = content.Length });
    }

    public static IResult Problem(int status, string code, string detail) => Results.Json(
        new JsonObject
        {
            ["type"] = "about:blank",
            ["title"] = "No",
            ["status"] = status,
            ["detail"] = detail,
            ["code"] = code,
            ["category"] = "api_error",
            ["request_id"] = "req_42",
        },
        statusCode: status, contentType: "application/problem+json");

    private static string Absolute(string path) => path.StartsWith('/') ? path : "/home/user/" + path;
}
