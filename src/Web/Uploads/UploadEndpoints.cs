using Colloquy.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Colloquy.Web.Uploads;

/// <summary>How the traces of ended turns fare.</summary>
internal static class UploadEndpoints
{
    public static void MapUploads(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/uploads", async (UploadClient uploads) => TypedResults.Ok(await uploads.GetStatusAsync()))
            .WithTags("Uploads")
            .WithSummary("Traces that wait, have arrived, or were given up");
}
