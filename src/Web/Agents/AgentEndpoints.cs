using Colloquy.Client;
using Colloquy.Web.Definitions;
using Colloquy.Web.OpenApi;
using Colloquy.Web.Requests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Colloquy.Web.Agents;

/// <summary>Agents: create, list, show, change, archive.</summary>
internal static class AgentEndpoints
{
    private const string CreatedFrom = "created_at[gte]";
    private const string CreatedUntil = "created_at[lte]";

    public static void MapAgents(this IEndpointRouteBuilder routes)
    {
        var agents = routes.MapGroup("/v1/agents").WithTags("Agents");
        agents.MapPost("", CreateAsync)
            .WithSummary("Create an agent")
            .WithDescription("Its first version. With an Idempotency-Key, a repeated request returns the agent that exists.")
            .Accepts<CreateAgentBody>("application/json", MediaTypes.Any)
            .WithHeader("Idempotency-Key", "1 to 255 printable characters; the same key creates one agent.")
            .ProducesErrors(400, 413, 422);
        agents.MapGet("", ListAsync)
            .WithSummary("List agents, newest first, then the built-in ones")
            .WithQuery("limit", "1 to 100; default 20.")
            .WithQuery("page", "next_page of the page before.")
            .WithQuery("include_archived", "true to list archived ones too.")
            .WithQuery(CreatedFrom, "Created then or later.")
            .WithQuery(CreatedUntil, "Created then or earlier.")
            .ProducesErrors(400);
        agents.MapGet("/{agent_id}", GetAsync)
            .WithSummary("Show an agent")
            .WithQuery("version", "Default: the latest.")
            .ProducesErrors(400, 404);
        agents.MapPost("/{agent_id}", UpdateAsync)
            .WithSummary("Make a new version of an agent")
            .WithDescription("What is left out stays, null clears. Sessions keep the version that they were created " +
                "with. A change that changes nothing makes no version.")
            .Accepts<UpdateAgentBody>("application/json", MediaTypes.Any)
            .ProducesErrors(400, 404, 409, 413);
        agents.MapPost("/{agent_id}/archive", ArchiveAsync)
            .WithSummary("Archive an agent")
            .WithDescription("It starts no new sessions; those that exist go on. Archiving it again changes nothing.")
            .ProducesErrors(400, 404);
        agents.MapGet("/{agent_id}/versions", ListVersionsAsync)
            .WithSummary("List the versions of an agent, newest first")
            .WithQuery("limit", "1 to 100; default 20.")
            .WithQuery("page", "next_page of the page before.")
            .ProducesErrors(400, 404);
    }

    private static async Task<Ok<AgentResource>> CreateAsync(HttpContext context, AgentClient agents)
    {
        var key = context.Request.IdempotencyKey();
        using var body = await RequestBody.ReadAsync(context);
        return TypedResults.Ok(AgentResource.From(
            await agents.CreateAsync(AgentReader.Create(JsonInput.Of(body)), key)));
    }

    private static async Task<Ok<AgentList>> ListAsync(HttpRequest request, AgentClient agents)
    {
        var query = request.Query;
        query.RejectOtherFilters(CreatedFrom, CreatedUntil);
        return TypedResults.Ok(List(await agents.ListAsync(query.ReadDirectoryQuery() with
        {
            From = query.Time(CreatedFrom),
            Until = query.Time(CreatedUntil),
        })));
    }

    private static async Task<Ok<AgentResource>> GetAsync(
        [AsParameters] AgentRoute route, HttpRequest request, AgentClient agents) =>
        TypedResults.Ok(AgentResource.From(await agents.GetAsync(route.Id, request.Query.Integer("version"))));

    private static async Task<Ok<AgentResource>> UpdateAsync(
        [AsParameters] AgentRoute route, HttpContext context, AgentClient agents)
    {
        using var document = await RequestBody.ReadAsync(context);
        var body = JsonInput.Of(document);
        return TypedResults.Ok(AgentResource.From(await agents.UpdateAsync(
            route.Id, AgentReader.ReadVersion(body), present => AgentReader.Change(body, present))));
    }

    private static async Task<Ok<AgentResource>> ArchiveAsync([AsParameters] AgentRoute route, AgentClient agents) =>
        TypedResults.Ok(AgentResource.From(await agents.ArchiveAsync(route.Id)));

    private static async Task<Ok<AgentList>> ListVersionsAsync(
        [AsParameters] AgentRoute route, HttpRequest request, AgentClient agents) =>
        TypedResults.Ok(List(await agents.ListVersionsAsync(
            route.Id, request.Query.Text("page"), request.Query.PageLimit())));

    private static AgentList List(DefinitionPage<Colloquy.Agents.AgentDefinition> page) =>
        new([.. page.Items.Select(AgentResource.From)], page.Next);
}
