using Colloquy.Client;
using Colloquy.Definitions;
using Colloquy.Environments;
using Colloquy.Web.Definitions;
using Colloquy.Web.OpenApi;
using Colloquy.Web.Requests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Colloquy.Web.Environments;

/// <summary>Environments: create, list, show, change, archive, delete.</summary>
internal static class EnvironmentEndpoints
{
    public static void MapEnvironments(this IEndpointRouteBuilder routes)
    {
        var environments = routes.MapGroup("/v1/environments").WithTags("Environments");
        environments.MapPost("", CreateAsync)
            .WithSummary("Create an environment")
            .WithDescription("With an Idempotency-Key, a repeated request returns the environment that exists.")
            .Accepts<EnvironmentBody>("application/json", MediaTypes.Any)
            .WithHeader("Idempotency-Key", "1 to 255 printable characters; the same key creates one environment.")
            .ProducesErrors(400, 413, 422);
        environments.MapGet("", ListAsync)
            .WithSummary("List environments, newest first, then the built-in one")
            .WithQuery("limit", "1 to 100; default 20.")
            .WithQuery("page", "next_page of the page before.")
            .WithQuery("include_archived", "true to list archived ones too.")
            .ProducesErrors(400);
        environments.MapGet("/{environment_id}", GetAsync)
            .WithSummary("Show an environment")
            .ProducesErrors(404);
        environments.MapPost("/{environment_id}", UpdateAsync)
            .WithSummary("Change an environment")
            .WithDescription("What is left out stays, null clears. Sessions keep what it was when they were created.")
            .Accepts<EnvironmentBody>("application/json", MediaTypes.Any)
            .ProducesErrors(400, 404, 409, 413);
        environments.MapPost("/{environment_id}/archive", ArchiveAsync)
            .WithSummary("Archive an environment")
            .WithDescription("It takes no new sessions; those that exist go on. Archiving it again changes nothing.")
            .ProducesErrors(400, 404);
        environments.MapDelete("/{environment_id}", DeleteAsync)
            .WithSummary("Delete an environment")
            .WithDescription("It takes no new sessions and is not shown any more; sessions that exist go on.")
            .ProducesErrors(400, 404);
    }

    private static async Task<Ok<EnvironmentResource>> CreateAsync(HttpContext context, EnvironmentClient environments)
    {
        var key = context.Request.IdempotencyKey();
        using var body = await RequestBody.ReadAsync(context);
        return TypedResults.Ok(EnvironmentResource.From(
            await environments.CreateAsync(EnvironmentReader.Create(JsonInput.Of(body)), key)));
    }

    private static async Task<Ok<EnvironmentList>> ListAsync(HttpRequest request, EnvironmentClient environments)
    {
        request.Query.RejectFilters();
        var page = await environments.ListAsync(request.Query.ReadDirectoryQuery());
        return TypedResults.Ok(new EnvironmentList([.. page.Items.Select(EnvironmentResource.From)], page.Next));
    }

    private static async Task<Ok<EnvironmentResource>> GetAsync(
        [AsParameters] EnvironmentRoute route, EnvironmentClient environments) =>
        TypedResults.Ok(EnvironmentResource.From(await environments.GetAsync(route.Id)));

    private static async Task<Ok<EnvironmentResource>> UpdateAsync(
        [AsParameters] EnvironmentRoute route, HttpContext context, EnvironmentClient environments)
    {
        using var document = await RequestBody.ReadAsync(context);
        var body = JsonInput.Of(document);
        return TypedResults.Ok(EnvironmentResource.From(
            await environments.UpdateAsync(route.Id, present => EnvironmentReader.Change(body, present))));
    }

    private static async Task<Ok<EnvironmentResource>> ArchiveAsync(
        [AsParameters] EnvironmentRoute route, EnvironmentClient environments) =>
        TypedResults.Ok(EnvironmentResource.From(await environments.ArchiveAsync(route.Id)));

    private static async Task<Ok<DeletedEnvironment>> DeleteAsync(
        [AsParameters] EnvironmentRoute route, EnvironmentClient environments)
    {
        await environments.DeleteAsync(route.Id);
        return TypedResults.Ok(new DeletedEnvironment(route.Id.Value));
    }
}

/// <summary>The environment that a route names.</summary>
internal readonly record struct EnvironmentRoute([property: FromRoute(Name = "environment_id")] string EnvironmentId)
{
    /// <exception cref="DefinitionNotFoundException">It is not even an id, so there cannot be such an environment.</exception>
    public EnvironmentId Id => Colloquy.Environments.EnvironmentId.TryParse(EnvironmentId, out var id)
        ? id
        : throw new DefinitionNotFoundException("environment", $"'{EnvironmentId}'");
}
