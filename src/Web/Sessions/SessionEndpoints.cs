using Colloquy.Agents;
using Colloquy.Client;
using Colloquy.Sessions;
using Colloquy.Web.OpenApi;
using Colloquy.Web.Requests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Colloquy.Web.Sessions;

/// <summary>Sessions: create, list, show, end.</summary>
internal static class SessionEndpoints
{
    private const int DefaultLimit = 20;
    private const int MaxLimit = 100;

    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        var sessions = routes.MapGroup("/v1/sessions").WithTags("Sessions");
        sessions.MapPost("", CreateAsync)
            .WithSummary("Create a session")
            .WithDescription("Every member of the body is optional. With an Idempotency-Key, a repeated request returns " +
                "the session that exists.")
            .Accepts<CreateSessionBody>(isOptional: true, "application/json", MediaTypes.Any)
            .WithHeader("Idempotency-Key", "1 to 255 printable characters; the same key creates one session.")
            .ProducesErrors(400, 413, 422);
        sessions.MapGet("", ListAsync)
            .WithSummary("List sessions, newest first")
            .WithQuery("limit", "1 to 100; default 20.")
            .WithQuery("page", "next_page of the page before.")
            .WithQuery("statuses", "Only these statuses: a,b or repeated; statuses[] works as well.")
            .WithQuery("agent_id", "Only sessions of this agent.")
            .ProducesErrors(400);
        sessions.MapGet("/{session_id}", GetAsync)
            .WithSummary("Show a session")
            .ProducesErrors(404);
        sessions.MapDelete("/{session_id}", EndAsync)
            .WithSummary("End a session")
            .WithDescription("Interrupts what runs and gives up the sandbox. Its history and costs stay readable, with " +
                "status terminated; ending it again changes nothing.")
            .ProducesErrors(404);
    }

    private static async Task<Ok<SessionResource>> CreateAsync(
        HttpContext context, SessionClient sessions, AgentClient agents, TimeProvider time)
    {
        var key = context.Request.IdempotencyKey();
        using var body = await RequestBody.ReadAsync(context);
        var session = await sessions.CreateAsync(CreateSessionReader.Read(body), key);
        return TypedResults.Ok(await ShowAsync(session, agents, time));
    }

    private static async Task<Ok<SessionList>> ListAsync(
        HttpRequest request, SessionClient sessions, TimeProvider time)
    {
        var query = request.Query;
        query.RejectFilters("agent_version", "deployment_id", "memory_store_id", "order");
        var page = await ReadPageAsync(sessions, new SessionQuery(
            query.Text("page"), query.Limit(DefaultLimit, MaxLimit), ReadStatuses(query), query.Text("agent_id")));
        var now = time.GetUtcNow();
        return TypedResults.Ok(new SessionList(
            [.. page.Sessions.Select(session => SessionResource.From(session, now))], page.Next));
    }

    private static async Task<SessionPage> ReadPageAsync(SessionClient sessions, SessionQuery query)
    {
        try
        {
            return await sessions.ListAsync(query);
        }
        catch (InvalidInputException exception) when (exception.Field == "cursor")
        {
            throw new InvalidInputException(
                "page", $"'{query.Cursor}' is not the next_page of a list of sessions. Leave it out to begin with the newest.");
        }
    }

    private static async Task<Ok<SessionResource>> GetAsync(
        [AsParameters] SessionRoute route, SessionClient sessions, AgentClient agents, TimeProvider time) =>
        TypedResults.Ok(await ShowAsync(await sessions.GetAsync(route.Id), agents, time));

    /// <summary>A session is shown even if its agent's definition is lost, which is stored elsewhere.</summary>
    private static async Task<SessionResource> ShowAsync(SessionSnapshot session, AgentClient agents, TimeProvider time) =>
        SessionResource.From(
            session, time.GetUtcNow(), await agents.FindAsync(new AgentId(session.Agent.Id), session.Agent.Version));

    private static async Task<Ok<DeletedSession>> EndAsync([AsParameters] SessionRoute route, SessionClient sessions)
    {
        var session = await sessions.EndAsync(route.Id);
        return TypedResults.Ok(new DeletedSession(session.Id.Value));
    }

    private static IReadOnlyList<string>? ReadStatuses(IQueryCollection query)
    {
        var statuses = query.Values("statuses");
        return statuses?.FirstOrDefault(status => !SessionStatus.All.Contains(status)) is { } unknown
            ? throw new InvalidInputException(
                "statuses", $"'{unknown}' is no status. Statuses are {string.Join(", ", SessionStatus.All)}.")
            : statuses;
    }
}
