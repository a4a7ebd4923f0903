using System.Runtime.ExceptionServices;
using Colloquy.Web.Errors;
using Colloquy.Web.OpenApi;
using Colloquy.Web.Requests;
using Colloquy.Web.Sessions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Colloquy.Web.Sandboxes;

/// <summary>The files of a session: list, get, put.</summary>
internal static class FileEndpoints
{
    private const string Binary = "application/octet-stream";
    private const string FilePath = "The file, relative to the home folder or absolute below it.";

    public static void MapFiles(this IEndpointRouteBuilder routes)
    {
        var files = routes.MapGroup("/v1/sessions/{session_id}/files").WithTags("Files");
        files.MapGet("", ListAsync)
            .WithSummary("List a folder of the session's sandbox")
            .WithDescription("Shows what the folder holds, not what its folders hold. A session without a sandbox has an " +
                "empty home folder; listing creates no sandbox, and resumes a paused one.")
            .WithQuery("path", "The folder, relative to the home folder or absolute below it; default the home folder.")
            .ProducesProblems(400, 404, 409, 503);
        files.MapGet("/content", ReadAsync)
            .WithSummary("Download a file from the session's sandbox")
            .WithQuery("path", FilePath)
            .Produces(StatusCodes.Status200OK, contentType: Binary)
            .ProducesProblems(400, 404, 409, 503);
        files.MapPut("/content", WriteAsync)
            .WithSummary("Upload a file into the session's sandbox")
            .WithDescription("The body is the file. It replaces a file of that name once all of it has arrived, and creates " +
                "missing folders; a session without a sandbox gets one. The server says how large a file may be.")
            .WithQuery("path", FilePath)
            .Accepts<byte[]>(Binary, MediaTypes.Any)
            .ProducesProblems(400, 404, 409, 413, 503);
    }

    private static async Task<Ok<FileList>> ListAsync(
        [AsParameters] SessionRoute route, HttpContext context, ISessionFiles files)
    {
        var folder = HomePath.Parse(context.Request.Query.Text("path"), files.Home);
        var entries = await files.ListAsync(route.Id, folder, context.RequestAborted)
            ?? throw new FileNotThereException($"There is no folder '{folder}' in the sandbox of session '{route.Id}'.");
        return TypedResults.Ok(new FileList(
            folder.Absolute,
            [.. entries.OrderByDescending(entry => entry.IsFolder).ThenBy(entry => entry.Name, StringComparer.Ordinal).Select(FileResource.Of)]));
    }

    private static async Task ReadAsync([AsParameters] SessionRoute route, HttpContext context, ISessionFiles files)
    {
        var file = HomePath.ParseFile(context.Request.Query.Text("path"), files.Home);
        await using var content = await files.ReadAsync(route.Id, file, context.RequestAborted)
            ?? throw new FileNotThereException($"There is no file '{file}' in the sandbox of session '{route.Id}'.");
        var response = context.Response;
        response.ContentType = Binary;
        // Agents write these files: no browser may take one for a page of this server.
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(file.Name);
        response.Headers.ContentDisposition = disposition.ToString();
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = "no-store";
        await content.CopyToAsync(response.Body, context.RequestAborted);
    }

    private static async Task<Ok<StoredFile>> WriteAsync(
        [AsParameters] SessionRoute route, HttpContext context, ISessionFiles files, IOptions<ColloquyWebOptions> options)
    {
        var file = HomePath.ParseFile(context.Request.Query.Text("path"), files.Home);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        using var body = UploadBody.Of(context.Request, options.Value.MaxFileBytes);
        try
        {
            await files.WriteAsync(route.Id, file, body, context.RequestAborted);
        }
        catch (Exception) when (body.Failure is not null)
        {
            // Whatever the copying says of it: the client sent too much, or went away.
            ExceptionDispatchInfo.Throw(body.Failure);
        }

        return TypedResults.Ok(new StoredFile(file.Absolute, body.Size));
    }
}
