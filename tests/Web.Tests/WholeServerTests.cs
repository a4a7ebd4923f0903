using Anthropic;
using Colloquy.Sessions;

namespace Colloquy.Web.Tests;

/// <summary>The API over the real sessions, store, sandboxes and offline agent.</summary>
public sealed class WholeServerTests(WholeServer server) : IClassFixture<WholeServer>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public Task Sdk_holds_a_conversation() => OfficialSdkConversation.RunAsync(server.Url, Stop);

    [Fact]
    public async Task Sdk_puts_previews_together_to_the_message_that_follows() => Assert.Equal(
        1, await OfficialSdkConversation.PreviewAsync(server.Url, await server.CreateSessionAsync(Stop), Stop));

    [Fact]
    public async Task Sdk_validates_every_kind_of_event()
    {
        var id = await server.CreateSessionAsync(Stop);
        await HoldTurnAsync(id, "Write hello to a.txt. Run cat a.txt.");
        await HoldTurnAsync(id, "Fail with exit code 3.");
        await server.SendAsync(HttpMethod.Delete, $"/v1/sessions/{id}", null, Stop);

        using AnthropicClient client = new() { ApiKey = "sk-none", BaseUrl = server.Url };
        var types = new HashSet<string>();
        await foreach (var stored in (await client.Beta.Sessions.Events.List(id, cancellationToken: Stop)).Paginate(Stop))
        {
            stored.Validate();
            types.Add(stored.Json.GetProperty("type").GetString()!);
        }

        Assert.Superset(
            new HashSet<string>
            {
                EventTypes.UserMessage, EventTypes.StatusRunning, EventTypes.ModelRequestStart, EventTypes.ModelRequestEnd,
                EventTypes.AgentMessage, EventTypes.AgentToolUse, EventTypes.AgentToolResult, EventTypes.SessionError,
                EventTypes.StatusIdle, EventTypes.StatusTerminated,
            },
            types);
    }

    [Fact]
    public async Task Page_that_no_list_gave_out_is_named_as_it_was_sent()
    {
        var answer = await server.SendAsync(HttpMethod.Get, "/v1/sessions?page=xyz", null, Stop);

        Assert.Equal(400, answer.Status);
        var error = answer.Json.GetProperty("error");
        Assert.Equal("page", error.GetProperty("field").GetString());
        Assert.Contains("'xyz' is not the next_page", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Viewer_that_drops_and_resumes_sees_a_turn_without_gap_or_double()
    {
        var id = await server.CreateSessionAsync(Stop);
        var stream = $"/v1/sessions/{id}/events/stream";
        var seen = new List<SseFrame>();
        using (var first = await SseViewer.OpenAsync(server.Http, stream, Stop))
        {
            await SendAsync(id, "Emit 30 events");
            seen.Add((await first.ReadAsync(Stop))!);
            seen.Add((await first.ReadAsync(Stop))!);
        }

        using var second = await SseViewer.OpenAsync(server.Http, stream, Stop, lastEventId: seen[^1].Id);
        while (seen[^1].Type != "session.status_idle")
        {
            seen.Add((await second.ReadAsync(Stop))!);
        }

        Assert.Equal(Enumerable.Range(1, seen.Count).Select(i => $"{i}"), seen.Select(frame => frame.Id));
        Assert.Equal("completed", seen[^1].Data.GetProperty("outcome").GetString());
        await CheckCostsAsync(id);
    }

    [Fact]
    public async Task Stream_ends_with_the_session()
    {
        var id = await server.CreateSessionAsync(Stop);
        using var viewer = await SseViewer.OpenAsync(server.Http, $"/v1/sessions/{id}/events/stream", Stop);

        await server.SendAsync(HttpMethod.Delete, $"/v1/sessions/{id}", null, Stop);
        var frames = await viewer.ReadToEndAsync(Stop);
        using var late = await SseViewer.OpenAsync(server.Http, $"/v1/sessions/{id}/events/stream", Stop);

        Assert.Equal("session.status_terminated", Assert.Single(frames).Type);
        Assert.Null(await late.ReadAsync(Stop));
        Assert.Equal(409, (await SendAsync(id, "hi")).Status);
    }

    [Theory]
    [InlineData("""{"agent":"agent_nothere"}""", "agent")]
    [InlineData("""{"agent":"agent_claude_code"}""", "agent")]
    [InlineData("""{"agent":"agent_python"}""", "agent")]
    [InlineData("""{"environment_id":"env_x"}""", "environment_id")]
    [InlineData("""{"metadata":{"":"x"}}""", "metadata.")]
    public async Task Create_refuses(string body, string field)
    {
        var (status, json) = await server.SendAsync(HttpMethod.Post, "/v1/sessions", body, Stop);

        Assert.Equal((400, field), (status, json.GetProperty("error").GetProperty("field").GetString()));
    }

    [Theory]
    [InlineData("""{"events":[]}""", 400, "invalid_input")]
    [InlineData("""{"events":[{"type":"user.message","content":" \n"}]}""", 400, "invalid_input")]
    [InlineData("""{"events":[{"type":"user.message","content":[]}]}""", 400, "invalid_input")]
    [InlineData("""{"events":[{"type":"user.interrupt"}]}""", 409, "nothing_to_interrupt")]
    public async Task Send_refuses(string body, int expected, string code)
    {
        var id = await server.CreateSessionAsync(Stop);

        var (status, json) = await server.SendAsync(HttpMethod.Post, $"/v1/sessions/{id}/events", body, Stop);
        var (_, session) = await server.SendAsync(HttpMethod.Get, $"/v1/sessions/{id}", null, Stop);

        Assert.Equal((expected, code), (status, json.GetProperty("error").GetProperty("code").GetString()));
        Assert.Equal(0, session.GetProperty("last_sequence").GetInt64());
    }

    [Fact]
    public async Task Idempotency_key_gives_one_session_and_one_message()
    {
        var key = Guid.NewGuid().ToString();
        var (_, created) = await server.SendAsync(HttpMethod.Post, "/v1/sessions", """{"title":"a"}""", Stop, key);
        var (_, again) = await server.SendAsync(HttpMethod.Post, "/v1/sessions", """{"title":"a"}""", Stop, key);
        var (conflict, _) = await server.SendAsync(HttpMethod.Post, "/v1/sessions", """{"title":"b"}""", Stop, key);
        var events = $"/v1/sessions/{created.GetProperty("id").GetString()}/events";

        var (_, sent) = await server.SendAsync(HttpMethod.Post, events, Message("What is 1+1?"), Stop, key);
        var (_, resent) = await server.SendAsync(HttpMethod.Post, events, Message("What is 1+1?"), Stop, key);
        var (other, _) = await server.SendAsync(HttpMethod.Post, events, Message("What is 2+2?"), Stop, key);

        Assert.Equal(created.GetProperty("id").GetString(), again.GetProperty("id").GetString());
        Assert.Equal(sent.GetProperty("data")[0].GetProperty("id").GetString(), resent.GetProperty("data")[0].GetProperty("id").GetString());
        Assert.Equal((422, 422), (conflict, other));
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/v1/uploads")]
    [InlineData("/v1/costs?by=session")]
    public async Task Answers(string path) =>
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Get, path, null, Stop)).Status);

    private async Task HoldTurnAsync(string session, string text)
    {
        using var viewer = await SseViewer.OpenAsync(server.Http, $"/v1/sessions/{session}/events/stream", Stop);
        await SendAsync(session, text);
        while ((await viewer.ReadAsync(Stop))!.Type != EventTypes.StatusIdle)
        {
        }
    }

    private async Task CheckCostsAsync(string session)
    {
        var (_, report) = await server.SendAsync(HttpMethod.Get, "/v1/costs?by=session", null, Stop);
        var (_, shown) = await server.SendAsync(HttpMethod.Get, $"/v1/sessions/{session}", null, Stop);
        var row = report.GetProperty("rows").EnumerateArray().Single(row => row.GetProperty("key").GetString() == session);
        Assert.True(row.GetProperty("tokens").GetProperty("total").GetInt64() > 0);
        Assert.Equal(
            shown.GetProperty("cost").GetProperty("total_nano_usd").GetInt64(), row.GetProperty("total_nano_usd").GetInt64());
    }

    private Task<(int Status, System.Text.Json.JsonElement Json)> SendAsync(string session, string text) =>
        server.SendAsync(HttpMethod.Post, $"/v1/sessions/{session}/events", Message(text), Stop);

    private static string Message(string text) => $$"""{"events":[{"type":"user.message","content":"{{text}}"}]}""";
}
