using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Colloquy.Cli.Tests.Fakes;

/// <summary>A server with the routes of the HTTP API and the answers of a script, on a free port of this machine.</summary>
internal sealed partial class FakeApi : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Lock _lock = new();
    private readonly List<FakeSession> _sessions = [];
    private readonly TaskCompletionSource _turnStarted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private FakeApi(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.First());

    /// <summary>What a message leads to. Default: an answer that repeats it.</summary>
    public Action<FakeTurn> Script { get; set; } = turn => turn.Answer(turn.Prompt);

    /// <summary>What the agents of its sessions call.</summary>
    public string Model { get; set; } = "offline-1";

    public string Runtime { get; set; } = "offline";

    /// <summary>Breaks each stream connection after so many events; 0 keeps them whole.</summary>
    public int BreakStreamsAfter { get; set; }

    /// <summary>Breaks so many connections in the middle of a preview.</summary>
    public int PreviewBreaks { get; set; }

    /// <summary>Streams that asked for previews.</summary>
    public int PreviewStreams { get; private set; }

    public int StreamConnections { get; private set; }

    /// <summary>What the clients asked streams to go on after.</summary>
    public List<long> Positions { get; } = [];

    public List<string> Interrupted { get; } = [];

    /// <summary>Completes when a viewer has been sent the beginning of a turn.</summary>
    public Task TurnStarted => _turnStarted.Task;

    /// <summary>The bodies of what was submitted.</summary>
    public List<JsonNode> Submitted { get; } = [];

    public JsonNode Costs { get; set; } = FakeJson.Costs();

    /// <summary>Answers of this kind come first, one for each, before the real ones.</summary>
    public Queue<IResult> Failures { get; } = new();

    public static async Task<FakeApi> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var api = new FakeApi(app);
        api.Map();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return api;
    }

    public int SessionCount => _sessions.Count;

    public FakeSession AddSession()
    {
        lock (_lock)
        {
            var session = new FakeSession($"sesn_{_sessions.Count + 1}") { Model = Model, Runtime = Runtime };
            _sessions.Add(session);
            return session;
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private void Map()
    {
        _app.MapPost("/v1/sessions", () => Next() ?? Json(AddSession().ToJson()));
        _app.MapGet("/v1/sessions", () => Json(new JsonObject
        {
            ["data"] = new JsonArray([.. _sessions.Select(session => session.ToJson())]),
            ["next_page"] = null,
        }));
        _app.MapGet("/v1/sessions/{id}", (string id) => Find(id) is { } session ? Json(session.ToJson()) : NotFound(id));
        _app.MapDelete("/v1/sessions/{id}", (string id) => End(id));
        _app.MapPost("/v1/sessions/{id}/events", SubmitAsync);
        _app.MapGet("/v1/sessions/{id}/events", (string id) => Find(id) is { } session
            ? Json(new JsonObject { ["data"] = new JsonArray([.. session.Events]), ["next_page"] = null })
            : NotFound(id));
        _app.MapGet("/v1/sessions/{id}/events/stream", StreamAsync);
        _app.MapGet("/v1/costs", (string? by) => Next() ?? Json(Costs));
        MapFiles();
    }

    private async Task<IResult> SubmitAsync(string id, HttpRequest request)
    {
        var body = (await JsonNode.ParseAsync(request.Body))!;
        if (Next() is { } failure)
        {
            return failure;
        }

        if (Find(id) is not { } session)
        {
            return NotFound(id);
        }

        Submitted.Add(body);
        var sent = body["events"]![0]!;
        if ((string)sent["type"]! == "user.interrupt")
        {
            Interrupted.Add(id);
            return Json(new JsonObject { ["data"] = new JsonArray(session.Interrupt()) });
        }

        if (session.Status == "terminated")
        {
            return Error(409, "invalid_request_error", "session_ended", $"Session '{id}' has ended.");
        }

        var (turn, stored) = session.Begin((string)sent["content"]![0]!["text"]!);
        Script(turn);
        return Json(new JsonObject { ["data"] = new JsonArray(stored) });
    }

    private async Task StreamAsync(string id, long after, HttpContext http)
    {
        if (Find(id) is not { } session)
        {
            await NotFound(id).ExecuteAsync(http);
            return;
        }

        var previews = (string?)http.Request.Query["event_deltas"] == "agent.message";
        PreviewStreams += previews ? 1 : 0;
        StreamConnections++;
        Positions.Add(after);
        http.Response.ContentType = "text/event-stream";
        await http.Response.WriteAsync("retry: 1\n\n: connected\n\n");
        await http.Response.Body.FlushAsync();
        var sent = 0;
        await foreach (var item in session.FollowAsync(after, http.RequestAborted))
        {
            if (BreakStreamsAfter > 0 && sent++ == BreakStreamsAfter)
            {
                // In the middle of a frame, as real connections break; a reset could take events with it that were sent.
                await http.Response.WriteAsync($"id: {(long)item["sequence"]!}\ndata: {{\"type\":");
                return;
            }

            if (previews && (string)item["type"]! == "agent.message" && !await PreviewAsync(item, http))
            {
                return;
            }

            await http.Response.WriteAsync(string.Create(CultureInfo.InvariantCulture,
                $"id: {(long)item["sequence"]!}\nevent: {(string)item["type"]!}\ndata: {item.ToJsonString()}\n\n"));
            await http.Response.Body.FlushAsync();
            if ((string)item["type"]! == "session.status_running")
            {
                _turnStarted.TrySetResult();
            }
        }
    }

    /// <summary>Shows a message as if it had been written in two pieces.</summary>
    /// <returns>False if the connection is to break in the middle.</returns>
    private async Task<bool> PreviewAsync(JsonNode message, HttpContext http)
    {
        var text = (string)message["content"]![0]!["text"]!;
        await SendAsync(new JsonObject
        {
            ["type"] = "event_start",
            ["event"] = new JsonObject { ["type"] = "agent.message", ["id"] = (string)message["id"]! },
        });
        foreach (var piece in (string[])[text[..(text.Length / 2)], text[(text.Length / 2)..]])
        {
            await SendAsync(new JsonObject
            {
                ["type"] = "event_delta",
                ["event_id"] = (string)message["id"]!,
                ["delta"] = new JsonObject
                {
                    ["type"] = "content_delta",
                    ["index"] = 0,
                    ["content"] = new JsonObject { ["type"] = "text", ["text"] = piece },
                },
            });
            if (PreviewBreaks-- > 0)
            {
                return false;
            }
        }

        return true;

        Task SendAsync(JsonObject preview) =>
            http.Response.WriteAsync($"event: {(string)preview["type"]!}\ndata: {preview.ToJsonString()}\n\n");
    }

    private IResult End(string id)
    {
        if (Find(id) is not { } session)
        {
            return NotFound(id);
        }

        session.End();
        return Json(new JsonObject { ["id"] = id, ["type"] = "session_deleted" });
    }

    private FakeSession? Find(string id) => _sessions.Find(session => session.Id == id);

    private IResult? Next() => Failures.TryDequeue(out var failure) ? failure : null;

    private static IResult NotFound(string id) =>
        Error(404, "not_found_error", "session_not_found", $"Session '{id}' does not exist.");

    public static IResult Error(int status, string type, string code, string message, string? field = null) => Results.Json(
        new JsonObject
        {
            ["type"] = "error",
            ["error"] = new JsonObject { ["type"] = type, ["message"] = message, ["code"] = code, ["field"] = field },
            ["request_id"] = "req_42",
        },
        JsonSerializerOptions.Default, statusCode: status);

    private static IResult Json(JsonNode node) => Results.Content(node.ToJsonString(), "application/json");
}
