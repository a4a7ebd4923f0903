using System.Net.Sockets;
using System.Text;

namespace Colloquy.Web.Tests;

/// <summary>Every refusal names what is wrong, changes nothing, and leaves the server up.</summary>
public sealed class BadInputTests : IAsyncLifetime
{
    private ApiServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await ApiServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("""{"title":""", "body", "line 1, byte 10")]
    [InlineData("{\n \"title\": nope}", "body", "line 2, byte 12")]
    [InlineData("[]", "body", "must be an object, not an array")]
    [InlineData("""{"title":5}""", "title", "must be a string, not a number")]
    [InlineData("""{"title":"\ud800"}""", "title", "surrogate")]
    [InlineData("""{"agent":true}""", "agent", "must be an object")]
    [InlineData("""{"agent":{}}""", "agent", "needs an id")]
    [InlineData("""{"agent":{"type":"agent_with_overrides","id":"a"}}""", "agent.type", "must be 'agent'")]
    [InlineData("""{"agent":{"id":"agent_default","version":1.5}}""", "agent.version", "must be a whole number")]
    [InlineData("""{"agent":"agent_claude_code"}""", "agent", "ANTHROPIC_API_KEY")]
    [InlineData("""{"turn_timeout_seconds":-1}""", "turn_timeout_seconds", "1 to 86400 seconds, not -1")]
    [InlineData("""{"turn_timeout_seconds":0}""", "turn_timeout_seconds", "not 0")]
    [InlineData("""{"turn_timeout_seconds":1e400}""", "turn_timeout_seconds", "not 1e400")]
    [InlineData("""{"turn_timeout_seconds":"10m"}""", "turn_timeout_seconds", "must be a number of seconds")]
    [InlineData("""{"metadata":["a"]}""", "metadata", "must be an object")]
    [InlineData("""{"metadata":{"a":1}}""", "metadata.a", "must be a string")]
    [InlineData("""{"metadata":{"\ud800":"x"}}""", "metadata", "surrogate")]
    [InlineData("""{"\ud800":1}""", "body", "surrogate")]
    [InlineData("""{"environment_id":{}}""", "environment_id", "must be a string")]
    public async Task Create_refuses(string body, string field, string reason) =>
        AssertRefused(await _server.PostAsync("/v1/sessions", body), 400, field, reason);

    [Theory]
    [InlineData(null, "events", "is missing")]
    [InlineData("{}", "events", "is missing")]
    [InlineData("""{"events":{}}""", "events", "must be an array")]
    [InlineData("""{"events":["hi"]}""", "events[0]", "must be an object")]
    [InlineData("""{"events":[{}]}""", "events[0].type", "'user.interrupt'")]
    [InlineData("""{"events":[{"type":"agent.message"}]}""", "events[0].type", "'user.message'")]
    [InlineData("""{"events":[{"type":"user.message"}]}""", "events[0].content", "is missing")]
    [InlineData("""{"events":[{"type":"user.message","content":[{"type":"image"}]}]}""", "events[0].content[0].type", "'text'")]
    [InlineData("""{"events":[{"type":"user.message","content":[{"type":"text"}]}]}""", "events[0].content[0].text", "is missing")]
    [InlineData("""{"events":[{"type":"user.message","content":"a"},{"type":"user.message","content":"b","timeout_seconds":-5}]}""", "events[1].timeout_seconds", "not -5")]
    public async Task Send_refuses(string? body, string field, string reason)
    {
        var (id, grain) = await _server.CreateSessionAsync();

        AssertRefused(await _server.SendAsync(HttpMethod.Post, $"/v1/sessions/{id}/events", body), 400, field, reason);
        Assert.Empty(grain.Submitted);
    }

    [Theory]
    [InlineData(1_000_001, "events[0].content")]
    [InlineData(20_000_000, "body")]
    public async Task Send_refuses_a_prompt_of(int length, string field)
    {
        var (id, grain) = await _server.CreateSessionAsync();
        var body = $$"""{"events":[{"type":"user.message","content":"{{new string('x', length)}}"}]}""";

        var refused = await _server.PostAsync($"/v1/sessions/{id}/events", body);

        Assert.Equal((413, "request_too_large", field), (refused.Status, refused.Error.GetProperty("type").GetString(), refused.Field));
        Assert.Empty(grain.Submitted);
        Assert.Equal(200, (await _server.GetAsync($"/v1/sessions/{id}")).Status);
    }

    [Fact]
    public async Task Send_takes_the_longest_prompt()
    {
        var (id, grain) = await _server.CreateSessionAsync();
        var body = $$"""{"events":[{"type":"user.message","content":"{{new string('ü', 1_000_000)}}"}]}""";

        Assert.Equal(200, (await _server.PostAsync($"/v1/sessions/{id}/events", body)).Status);
        Assert.Single(grain.Submitted);
    }

    [Fact]
    public async Task A_body_beyond_all_bounds_is_refused_before_it_is_sent()
    {
        using var socket = new TcpClient("127.0.0.1", _server.Http.BaseAddress!.Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes("POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 99000000000\r\n\r\n{"),
            TestContext.Current.CancellationToken);

        using var reader = new StreamReader(stream);
        Assert.StartsWith("HTTP/1.1 413", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Bytes_that_are_not_text_are_refused()
    {
        using var content = new ByteArrayContent([.. "{\"title\":\""u8, 0xC3, 0x28, .. "\"}"u8]);

        using var refused = await _server.Http.PostAsync(
            new Uri("/v1/sessions", UriKind.Relative), content, TestContext.Current.CancellationToken);

        Assert.Equal(System.Net.HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Fact]
    public async Task Submit_to_an_ended_session_is_a_conflict()
    {
        var (id, _) = await _server.CreateSessionAsync();
        await _server.SendAsync(HttpMethod.Delete, $"/v1/sessions/{id}");

        var refused = await _server.PostAsync(
            $"/v1/sessions/{id}/events", """{"events":[{"type":"user.message","content":"hi"}]}""");

        Assert.Equal((409, "session_ended"), (refused.Status, refused.Code));
        Assert.Equal("invalid_request_error", refused.Error.GetProperty("type").GetString());
        Assert.Equal("false", refused.Headers["x-should-retry"]);
    }

    [Fact]
    public async Task Interrupt_of_an_idle_session_is_a_conflict()
    {
        var (id, _) = await _server.CreateSessionAsync();

        var refused = await _server.PostAsync($"/v1/sessions/{id}/events", """{"events":[{"type":"user.interrupt"}]}""");

        Assert.Equal((409, "nothing_to_interrupt"), (refused.Status, refused.Code));
    }

    [Theory]
    [InlineData("GET", "/v1/sessions/sesn_nothere")]
    [InlineData("GET", "/v1/sessions/SESN%20X")]
    [InlineData("DELETE", "/v1/sessions/sesn_nothere")]
    [InlineData("GET", "/v1/sessions/sesn_nothere/events")]
    [InlineData("GET", "/v1/sessions/sesn_nothere/events/stream?after=3")]
    public async Task Unknown_session_is_not_found(string method, string path)
    {
        var answer = await _server.SendAsync(new HttpMethod(method), path);

        Assert.Equal((404, "session_not_found"), (answer.Status, answer.Code));
        Assert.Equal("not_found_error", answer.Error.GetProperty("type").GetString());
        Assert.Equal("error", answer.Json.GetProperty("type").GetString());
    }

    [Fact]
    public async Task Unknown_route_and_method_are_explained()
    {
        var route = await _server.GetAsync("/v1/nothing/here");
        var method = await _server.SendAsync(HttpMethod.Put, "/v1/sessions");

        Assert.Equal((404, "route_not_found"), (route.Status, route.Code));
        Assert.Equal((405, "method_not_allowed"), (method.Status, method.Code));
        Assert.Contains("POST", method.Headers["Allow"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=101", "limit")]
    [InlineData("?limit=ten", "limit")]
    [InlineData("?limit=1&limit=2", "limit")]
    [InlineData("?statuses=asleep", "statuses")]
    [InlineData("?created_at%5bgte%5d=2026-01-01T00:00:00Z", "created_at[gte]")]
    [InlineData("?order=asc", "order")]
    public async Task List_of_sessions_refuses(string query, string field) =>
        AssertRefused(await _server.GetAsync("/v1/sessions" + query), 400, field, field);

    [Theory]
    [InlineData("?limit=1001", "limit")]
    [InlineData("?page=-1", "page")]
    [InlineData("?page=xyz", "page")]
    [InlineData("?order=up", "order")]
    [InlineData("/stream?after=abc", "after")]
    [InlineData("/stream?after=7", "after")]
    public async Task Events_refuse(string query, string field)
    {
        var (id, _) = await _server.CreateSessionAsync();

        AssertRefused(await _server.GetAsync($"/v1/sessions/{id}/events{query}"), 400, field, field);
    }

    [Theory]
    [InlineData("")]
    [InlineData("tab\there")]
    public async Task Idempotency_key_must_be_printable(string key) =>
        AssertRefused(await _server.PostAsync("/v1/sessions", "{}", ("Idempotency-Key", key)), 400, "Idempotency-Key", "1 to 255");

    [Fact]
    public async Task Idempotency_key_must_not_be_too_long() =>
        AssertRefused(
            await _server.PostAsync("/v1/sessions", "{}", ("Idempotency-Key", new string('k', 256))),
            400, "Idempotency-Key", "1 to 255");

    private static void AssertRefused(ApiResponse answer, int status, string field, string reason)
    {
        Assert.Equal((status, field), (answer.Status, answer.Field));
        Assert.Equal("invalid_request_error", answer.Error.GetProperty("type").GetString());
        Assert.Contains(reason, answer.Message, StringComparison.Ordinal);
        Assert.StartsWith(field, answer.Message, StringComparison.Ordinal);
    }
}
