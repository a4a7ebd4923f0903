using System.Text.Json;
using Colloquy.SandboxHost.Files;
using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>Reads and writes files of a sandbox, and tells whether it is there.</summary>
internal sealed class FileEndpoints(UrlSignature signature)
{
    internal void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health", DataPlaneRouting.Guard(
            (http, _) =>
            {
                http.Response.StatusCode = StatusCodes.Status204NoContent;
                return Task.CompletedTask;
            },
            checkToken: false));
        routes.MapGet("/files", DataPlaneRouting.Guard(ReadAsync, checkToken: false));
        routes.MapPost("/files", DataPlaneRouting.Guard(WriteAsync, checkToken: false));
        routes.MapPost("/files/compose", DataPlaneRouting.Guard(ComposeAsync));
    }

    private async Task ReadAsync(HttpContext http, Sandbox sandbox)
    {
        signature.Check(http, sandbox, UrlSignature.Read);
        CheckUser(http.Request.Query["username"]);
        var path = http.Request.Query["path"].ToString();
        await using var file = sandbox.Cage.Files.OpenRead(path);
        await FileDownload.SendAsync(http, file, sandbox.Cage.Files.FullPath(path));
    }

    private async Task WriteAsync(HttpContext http, Sandbox sandbox)
    {
        signature.Check(http, sandbox, UrlSignature.Write);
        CheckUser(http.Request.Query["username"]);
        var written = await new FileUpload(http, sandbox.Cage.Files).StoreAsync();
        // E2B sends this without saying that it is JSON, and clients must cope.
        http.Response.ContentType = "text/plain; charset=utf-8";
        await JsonSerializer.SerializeAsync(
            http.Response.Body, written, DataPlaneJson.Default.IReadOnlyListWrittenFile, http.RequestAborted);
    }

    private static async Task ComposeAsync(HttpContext http, Sandbox sandbox)
    {
        var request = await JsonSerializer.DeserializeAsync(
            http.Request.Body, DataPlaneJson.Default.ComposeRequest, http.RequestAborted);
        CheckUser(request?.Username);
        if (request?.SourcePaths is not { Count: > 0 } sources || sources.Any(source => source is null))
            throw new ApiException(400, "source_paths must not be empty");
        if (string.IsNullOrEmpty(request.Destination)) throw new ApiException(400, "destination is required");
        var full = await new FileComposition(sandbox.Cage.Files)
            .ComposeAsync(sources, request.Destination, http.RequestAborted);
        http.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(
            http.Response.Body,
            new WrittenFile(full, Path.GetFileName(full), "file", Metadata: null),
            DataPlaneJson.Default.WrittenFile,
            http.RequestAborted);
    }

    private static void CheckUser(string? user)
    {
        if (!string.IsNullOrEmpty(user) && user != SandboxUser.Name) throw new ApiException(401, SandboxUser.Unknown(user));
    }
}
