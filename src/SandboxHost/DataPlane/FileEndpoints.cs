using System.Text.Json;
using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Sandboxes;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>Reads and writes files of a sandbox, and tells whether it is there.</summary>
internal static class FileEndpoints
{
    private const string Binary = "application/octet-stream";
    private const string Multipart = "multipart/form-data";

    // What MultipartReader throws has the type of a disk's failure, but not the number of one.
    private static readonly int NotFromTheSystem = new IOException().HResult;

    internal static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health", DataPlaneRouting.Guard(
            (http, _) =>
            {
                http.Response.StatusCode = StatusCodes.Status204NoContent;
                return Task.CompletedTask;
            },
            checkToken: false));
        routes.MapGet("/files", DataPlaneRouting.Guard(ReadAsync));
        routes.MapPost("/files", DataPlaneRouting.Guard(WriteAsync));
    }

    private static async Task ReadAsync(HttpContext http, Sandbox sandbox)
    {
        CheckUser(http);
        await using var file = sandbox.Cage.Files.OpenRead(PathOf(http) ?? throw Missing("path"));
        await FileDownload.SendAsync(http, file);
    }

    private static async Task WriteAsync(HttpContext http, Sandbox sandbox)
    {
        CheckUser(http);
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type))
            throw new ApiException(400, $"Send {Multipart} or {Binary}.");
        var written = type.MediaType.Value?.ToLowerInvariant() switch
        {
            Binary => [await StoreAsync(sandbox, PathOf(http) ?? throw Missing("path"), http.Request.Body, http.RequestAborted)],
            Multipart => await StorePartsAsync(http, sandbox, HeaderUtilities.RemoveQuotes(type.Boundary).Value),
            _ => throw new ApiException(400, $"Send {Multipart} or {Binary}."),
        };
        // E2B sends this without saying that it is JSON, and clients must cope.
        http.Response.ContentType = "text/plain; charset=utf-8";
        await JsonSerializer.SerializeAsync(
            http.Response.Body, written, DataPlaneJson.Default.IReadOnlyListWrittenFile, http.RequestAborted);
    }

    private static async Task<IReadOnlyList<WrittenFile>> StorePartsAsync(
        HttpContext http, Sandbox sandbox, string? boundary)
    {
        if (string.IsNullOrEmpty(boundary)) throw Missing("boundary of the multipart body");
        var written = new List<WrittenFile>();
        var parts = new MultipartReader(boundary, http.Request.Body);
        try
        {
            while (await parts.ReadNextSectionAsync(http.RequestAborted) is { } part)
            {
                if (part.GetContentDispositionHeader() is not { } header || HeaderUtilities.RemoveQuotes(header.Name) != "file")
                    continue;
                if (written.Count > 0 && PathOf(http) is not null)
                    throw new ApiException(400, "With 'path' in the query only one file can be sent.");
                var path = PathOf(http) ?? NameOf(header);
                written.Add(await StoreAsync(sandbox, path, part.Body, http.RequestAborted));
            }
        }
        catch (Exception malformed) when (
            malformed is InvalidDataException || (malformed is IOException && malformed.HResult == NotFromTheSystem))
        {
            throw new ApiException(400, $"The multipart body is broken: {malformed.Message}");
        }

        return written;
    }

    private static async Task<WrittenFile> StoreAsync(
        Sandbox sandbox, string path, Stream content, CancellationToken cancellationToken)
    {
        var (file, fullPath) = sandbox.Cage.Files.OpenWrite(path);
        await using (file) await content.CopyToAsync(file, cancellationToken);
        return new WrittenFile(fullPath, Path.GetFileName(fullPath), "file");
    }

    private static string NameOf(ContentDispositionHeaderValue header)
    {
        var name = HeaderUtilities.RemoveQuotes(header.FileNameStar.HasValue ? header.FileNameStar : header.FileName).Value;
        return string.IsNullOrEmpty(name) ? throw Missing("filename of a part") : name;
    }

    private static string? PathOf(HttpContext http) =>
        http.Request.Query["path"].ToString() is { Length: > 0 } path ? path : null;

    private static void CheckUser(HttpContext http)
    {
        if (http.Request.Query["username"].ToString() is { Length: > 0 } user and not SandboxUser.Name)
            throw new ApiException(401, SandboxUser.Unknown(user));
    }

    private static ApiException Missing(string what) => new(400, $"The {what} is missing.");
}
