using Colloquy.Client;
using Colloquy.Web.OpenApi;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Colloquy.Web.Sandboxes;

/// <summary>The sandboxes of this installation.</summary>
internal static class SandboxEndpoints
{
    public static void MapSandboxes(this IEndpointRouteBuilder routes) =>
        routes.MapGet(
                "/v1/sandboxes", async (SandboxClient sandboxes) => TypedResults.Ok(SandboxList.Of(await sandboxes.ListAsync())))
            .WithTags("Sandboxes")
            .WithSummary("Every sandbox, running or paused, and who holds it")
            .WithDescription("As their provider knows them, oldest first. An orphan is held by no session; the server " +
                "sweeps orphans by itself.")
            .ProducesProblems(503);
}
