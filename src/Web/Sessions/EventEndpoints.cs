using System.Globalization;
using Colloquy.Client;
using Colloquy.Sessions;
using Colloquy.Web.OpenApi;
using Colloquy.Web.Requests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace Colloquy.Web.Sessions;

/// <summary>The events of a session: send, list, stream.</summary>
internal static class EventEndpoints
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;
    private const string LastEventId = "Last-Event-ID";
    private const string EventDeltas = "event_deltas";

    public static void MapEvents(this IEndpointRouteBuilder routes)
    {
        var events = routes.MapGroup("/v1/sessions/{session_id}/events").WithTags("Events");
        events.MapPost("", SendAsync)
            .WithSummary("Send messages or an interrupt")
            .WithDescription("Answers once the events are stored. Messages are then answered in order, one turn each; an " +
                "interrupt stops the running turn at once. With an Idempotency-Key, repeated events are accepted once.")
            .Accepts<SendEventsBody>("application/json", MediaTypes.Any)
            .WithHeader("Idempotency-Key", "1 to 255 printable characters; the same key accepts the events once.")
            .WithHeader("traceparent", "W3C trace context that the turn's trace continues.")
            .Produces<EventBatchBody>()
            .ProducesErrors(400, 404, 409, 413, 422);
        events.MapGet("", ListAsync)
            .WithSummary("List events")
            .WithQuery("limit", "1 to 1000; default 100.")
            .WithQuery("page", "next_page of the page before.")
            .WithQuery("order", "asc (default) or desc.")
            .WithQuery("types", "Only these types: a,b or repeated; types[] works as well.")
            .Produces<EventListBody>()
            .ProducesErrors(400, 404);
        events.MapGet("/stream", StreamAsync)
            .WithSummary("Follow events live (SSE)")
            .WithDescription("Frames carry the sequence as id, the type as event and the event as data. Without a position " +
                "the stream is live from now; with one it first sends everything behind it. It ends after " +
                "session.status_terminated.")
            .WithQuery("after", "Send everything behind this sequence first; 0 for the whole history.")
            .WithQuery(EventDeltas, "agent.message: also event_start and event_delta frames, without an id, while the agent " +
                "writes. a,b or repeated; event_deltas[] works as well.")
            .WithHeader(LastEventId, "The same as after, and stronger: what browsers send when they reconnect.")
            .Produces(StatusCodes.Status200OK, contentType: "text/event-stream")
            .ProducesErrors(400, 404);
    }

    private static async Task SendAsync(
        [AsParameters] SessionRoute route, HttpContext context, SessionClient sessions)
    {
        var session = route.Id;
        var key = context.Request.IdempotencyKey();
        using var body = await RequestBody.ReadAsync(context);
        var request = new SubmitEvents(SendEventsReader.Read(body), key, context.Request.TraceParent());
        await EventListWriter.WriteAsync(context, await sessions.SubmitAsync(session, request));
    }

    private static async Task ListAsync(
        [AsParameters] SessionRoute route, HttpContext context, SessionClient sessions)
    {
        var query = context.Request.Query;
        query.RejectFilters();
        var page = await sessions.ReadAsync(route.Id, new EventQuery(
            Position(query.Text("page"), "page"),
            query.Limit(DefaultLimit, MaxLimit),
            IsDescending(query.Text("order")),
            query.Values("types")));
        await EventListWriter.WriteAsync(context, page);
    }

    private static async Task StreamAsync(
        [AsParameters] SessionRoute route,
        HttpContext context,
        SessionClient sessions,
        TimeProvider time,
        IHostApplicationLifetime lifetime)
    {
        var asked = ReadPosition(context.Request);
        var previews = WantsPreviews(context.Request.Query);
        var session = await sessions.GetAsync(route.Id);
        if (asked?.Sequence > session.Head)
        {
            throw new InvalidInputException(
                asked.Value.Source, $"{asked.Value.Sequence} is beyond the last sequence of the session, {session.Head}.");
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted, lifetime.ApplicationStopping);
        var events = sessions.FollowAsync(session.Id, asked?.Sequence ?? session.Head, previews, stop.Token);
        await new EventStream(context, time, stop.Token).RunAsync(events);
    }

    /// <summary>Previews of thinking may be asked for, as in the official API, but agents show nothing to preview.</summary>
    private static bool WantsPreviews(IQueryCollection query)
    {
        var types = query.Values(EventDeltas) ?? [];
        return types.FirstOrDefault(type => type is not (EventTypes.AgentMessage or EventTypes.AgentThinking)) is { } unknown
            ? throw new InvalidInputException(
                EventDeltas, $"must be '{EventTypes.AgentMessage}' or '{EventTypes.AgentThinking}', not '{unknown}'.")
            : types.Contains(EventTypes.AgentMessage);
    }

    private static (long Sequence, string Source)? ReadPosition(HttpRequest request)
    {
        var header = request.Headers[LastEventId].ToString();
        return Position(header, LastEventId) is { } last ? (last, LastEventId)
            : Position(request.Query.Text("after"), "after") is { } after ? (after, "after")
            : null;
    }

    private static long? Position(string? text, string name) =>
        string.IsNullOrEmpty(text) ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? sequence
        : throw new InvalidInputException(name, $"'{text}' is no position in this session's events.");

    private static bool IsDescending(string? order) => order switch
    {
        null or "asc" => false,
        "desc" => true,
        _ => throw new InvalidInputException("order", $"must be 'asc' or 'desc', not '{order}'."),
    };
}
