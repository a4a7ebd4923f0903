using System.Net;
using System.Text;
using System.Text.Json;
using Anthropic;
using Anthropic.Models.Messages;
using Colloquy.Emulators;
using Colloquy.Sessions;
using Colloquy.Web.ModelGateway;
using Block = Colloquy.Emulators.Block;
using Usage = Colloquy.Emulators.Usage;

namespace Colloquy.Web.Tests.ModelGateway;

/// <summary>Who may ask the gateway for what, and what of it the provider sees.</summary>
public sealed class GatewayAccessTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("x-api-key", "{0}")]
    [InlineData("Authorization", "Bearer {0}")]
    public async Task Token_is_taken_from_both_headers_and_replaced_by_the_key(string header, string form)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Http.DefaultRequestHeaders.Clear();

        using var answer = await gateway.AskAsync(headers:
        [
            (header, string.Format(null, form, GatewayFixture.Token)),
            ("anthropic-version", "2023-06-01"), ("anthropic-beta", "one-1,two-2"), ("User-Agent", "an-agent/1"),
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), ("Cookie", "a=b"),
            ("X-Stainless-Lang", "js"), ("Accept-Encoding", "gzip"), ("Proxy-Authorization", "Basic eA=="),
        ]);
        await answer.Content.ReadAsStringAsync(Stop);

        var sent = gateway.Provider.Messages.Single();
        Assert.Equal("/v1/messages?beta=true", sent.PathAndQuery);
        Assert.Equal(GatewayFixture.Key, sent.Headers["x-api-key"]);
        Assert.Equal(
            ("2023-06-01", "one-1,two-2", "an-agent/1", "js", "identity"),
            (sent.Headers["anthropic-version"], sent.Headers["anthropic-beta"], sent.Headers["user-agent"],
                sent.Headers["x-stainless-lang"], sent.Headers["accept-encoding"]));
        Assert.Equal("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", sent.Headers["traceparent"]);
        Assert.DoesNotContain("authorization", sent.Headers.Keys);
        Assert.DoesNotContain("cookie", sent.Headers.Keys);
        Assert.DoesNotContain("proxy-authorization", sent.Headers.Keys);
        Assert.Equal(JsonSerializer.Deserialize<JsonElement>(GatewayFixture.Question).GetRawText(), sent.Body!.ToJsonString());
    }

    [Theory]
    [InlineData(null, "oauth-2025-04-20")]
    [InlineData("one-1", "one-1,oauth-2025-04-20")]
    [InlineData("oauth-2025-04-20,one-1", "oauth-2025-04-20,one-1")]
    public async Task OAuth_token_is_a_bearer_with_its_beta_and_its_calls_are_notional(string? betas, string expected)
    {
        await using var gateway = await GatewayFixture.StartAsync(options =>
            (options.ApiKey, options.OAuthToken) = (null, "oauth-secret"));

        using var answer = await gateway.AskAsync(headers: betas is null ? [] : [("anthropic-beta", betas)]);
        await answer.Content.ReadAsStringAsync(Stop);

        var sent = gateway.Provider.Messages.Single();
        Assert.Equal(("Bearer oauth-secret", expected), (sent.Headers["authorization"], sent.Headers["anthropic-beta"]));
        Assert.DoesNotContain("x-api-key", sent.Headers.Keys);
        Assert.True(gateway.Session.BegunCalls.Single().Call.Notional);
    }

    [Fact]
    public async Task Key_wins_over_an_OAuth_token()
    {
        await using var gateway = await GatewayFixture.StartAsync(options => options.OAuthToken = "oauth-secret");

        using var answer = await gateway.AskAsync();
        await answer.Content.ReadAsStringAsync(Stop);

        Assert.Equal(GatewayFixture.Key, gateway.Provider.Messages.Single().Headers["x-api-key"]);
        Assert.DoesNotContain("authorization", gateway.Provider.Messages.Single().Headers.Keys);
    }

    [Fact]
    public async Task Token_that_is_none_or_out_of_date_is_refused()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        string[] tokens = ["", "sk-ant-api03-x", GatewayFixture.Token + "x", GatewayFixture.Issue(TimeSpan.FromSeconds(-1))];
        foreach (var token in tokens)
        {
            gateway.Http.DefaultRequestHeaders.Clear();
            using var answer = await gateway.AskAsync(headers: ("x-api-key", token));

            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Equal("authentication_error", await ErrorTypeAsync(answer));
            Assert.Equal("false", answer.Headers.GetValues("x-should-retry").Single());
        }

        Assert.Empty(gateway.Provider.Calls);
        Assert.Empty(gateway.Session.BegunCalls);
    }

    [Theory]
    [InlineData("GET", "/v1/messages")]
    [InlineData("POST", "/v1/messages/batches")]
    [InlineData("GET", "/v1/files")]
    [InlineData("POST", "/v1/sessions")]
    [InlineData("GET", "/v1/models/..%2Ffiles")]
    [InlineData("GET", "/v1/models/a/b")]
    [InlineData("GET", "/health/live")]
    [InlineData("POST", "/v1/complete")]
    public async Task Everything_else_is_not_there(string method, string path)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var answer = await gateway.AskAsync(path: path, method: new HttpMethod(method));

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("not_found_error", await ErrorTypeAsync(answer));
        Assert.Empty(gateway.Provider.Calls);
    }

    [Theory]
    [InlineData("POST", "/v1/messages/count_tokens?beta=true")]
    [InlineData("GET", "/v1/models?limit=5")]
    [InlineData("GET", "/v1/models/claude-opus-5-5")]
    public async Task Questions_that_cost_nothing_are_forwarded_and_not_stored(string method, string path)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var answer = await gateway.AskAsync(path: path, method: new HttpMethod(method));

        Assert.Equal((method, path), (gateway.Provider.Calls.Single().Method, gateway.Provider.Calls.Single().PathAndQuery));
        Assert.Equal(gateway.Provider.Calls.Single().Status, (int)answer.StatusCode);
        Assert.Empty(gateway.Session.BegunCalls);
    }

    [Theory, InlineData("/"), InlineData("/api/hello")]
    public async Task Greeting_of_a_client_is_answered(string path)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var answer = await gateway.AskAsync(path: path, method: HttpMethod.Head);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Empty(gateway.Provider.Calls);
    }

    [Fact]
    public async Task Body_up_to_the_limit_is_forwarded_and_a_larger_one_refused()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Provider.Respond(_ => Reply.Text("Long.") with { Usage = new Usage(1, 2) });
        var large = GatewayFixture.Question.Replace("Hi", new string('x', 5_000_000), StringComparison.Ordinal);
        using var answer = await gateway.AskAsync(large);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        using var refused = await gateway.AskAsync(
            GatewayFixture.Question.Replace("Hi", new string('x', 32 * 1024 * 1024), StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Equal("request_too_large", await ErrorTypeAsync(refused));
        Assert.Single(gateway.Provider.Calls);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"model":5}""")]
    [InlineData("""{"model":"m"} {}""")]
    [InlineData("""{"model":"\ud800"}""")]
    public async Task Body_that_is_no_call_is_refused(string body)
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var answer = await gateway.AskAsync(body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("invalid_request_error", await ErrorTypeAsync(answer));
        Assert.Empty(gateway.Session.BegunCalls);
    }

    [Fact]
    public async Task Credential_that_the_provider_repeats_reaches_nobody()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Provider.Respond(_ => Reply.Error(
            401, "authentication_error", $"invalid x-api-key: {GatewayFixture.Key}", ("x-echo", GatewayFixture.Key)));

        using var answer = await gateway.AskAsync();

        Assert.DoesNotContain(GatewayFixture.Key, await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        Assert.DoesNotContain(GatewayFixture.Key, answer.Headers.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(GatewayFixture.Key, gateway.Session.EndedCalls.Single().ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_key_agents_are_told_what_is_missing()
    {
        await using var gateway = await GatewayFixture.StartAsync(options => options.ApiKey = null, missing: "Set a key.");

        using var answer = await gateway.AskAsync();

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("Set a key.", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Official_client_sees_the_same_as_without_the_gateway(bool stream)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Provider.Respond(_ => Reply.Of(
            new Block.Thinking("Hm."), new Block.Text("I look."), new Block.ToolUse("Bash", new { command = "ls" }))
            with
        { Usage = new Usage(11, 22, 33, 44, 55) });

        var direct = await AskAsync(gateway.Provider.Url, "any", stream);
        var through = await AskAsync(gateway.Url, GatewayFixture.Token, stream);

        through.Validate();
        Assert.Equal(direct.Usage.ToString(), through.Usage.ToString());
        Assert.Equal(direct.Content.Select(block => block.ToString()).Count(), through.Content.Count);
        Assert.Equal(22, gateway.Session.EndedCalls.Single().Tokens.Output);
    }

    [Fact]
    public async Task Spans_of_the_turns_trace_are_kept()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        var trace = new TraceReference("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
        gateway.Session.Append(new StatusRunning(
            GatewayFixture.Turn, new EventId("sevt_1"), TimeProvider.System.GetUtcNow(), trace));
        var export = $$$"""
            {"resourceSpans":[{"scopeSpans":[{"spans":[
              {"traceId":"{{{trace.TraceId}}}","spanId":"00000000000000A1","parentSpanId":"{{{trace.SpanId}}}","name":"claude_code.tool",
               "startTimeUnixNano":"1790000000000000000","endTimeUnixNano":"1790000001500000000",
               "attributes":[{"key":"tool_name","value":{"stringValue":"Bash"}},{"key":"n","value":{"intValue":"3"}}],
               "status":{"code":2,"message":"exit 1"}},
              {"traceId":"11111111111111111111111111111111","spanId":"00000000000000a2","name":"other","startTimeUnixNano":"1"}]}]}]}
            """;

        using var answer = await gateway.AskAsync(export, "/v1/traces");
        using var binary = new ByteArrayContent([1, 2]);
        binary.Headers.ContentType = new("application/x-protobuf");
        using var refused = await gateway.Http.PostAsync("/v1/traces", binary, Stop);
        using var dropped = await gateway.AskAsync("{}", "/v1/logs");

        Assert.Equal("{\"partialSuccess\":{}}", await answer.Content.ReadAsStringAsync(Stop));
        Assert.Equal((HttpStatusCode.UnsupportedMediaType, HttpStatusCode.OK), (refused.StatusCode, dropped.StatusCode));
        var span = Assert.Single(gateway.Session.AgentSpans);
        Assert.Equal(
            ("00000000000000a1", trace.SpanId, "claude_code.tool", "exit 1", 1.5),
            (span.SpanId, span.ParentSpanId, span.Name, span.Error, (span.EndedAt - span.StartedAt).TotalSeconds));
        Assert.Equal(("Bash", "3"), (span.Attributes["tool_name"], span.Attributes["n"]));
    }

    [Fact]
    public void Spans_beyond_what_an_exporter_sends_at_once_are_counted_only()
    {
        var trace = new string('a', 32);
        var spans = Enumerable.Range(1, OtlpSpans.MostSpans + 2).Select(number =>
            $$"""{"traceId":"{{trace}}","spanId":"{{number:x16}}","startTimeUnixNano":"1","name":"\ud800"}""");
        var export = $$"""{"resourceSpans":[{"scopeSpans":[{"spans":[{{string.Join(',', spans)}}]}]}]}""";

        var (read, ignored) = OtlpSpans.Read(Encoding.UTF8.GetBytes(export), trace);

        Assert.Equal((OtlpSpans.MostSpans, 2), (read.Count, ignored));
    }

    [Fact]
    public async Task Export_that_is_too_large_is_refused()
    {
        await using var gateway = await GatewayFixture.StartAsync();

        using var refused = await gateway.AskAsync(new string(' ', (4 * 1024 * 1024) + 1), "/v1/traces");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
    }

    [Theory]
    [InlineData("POST", "/v1/messages/count_tokens")]
    [InlineData("GET", "/v1/models")]
    [InlineData("GET", "/v1/models/claude-opus-5-5")]
    [InlineData("POST", "/v1/logs")]
    [InlineData("POST", "/v1/metrics")]
    public async Task Token_dies_with_its_turn(string method, string path)
    {
        await using var gateway = await GatewayFixture.StartAsync();
        gateway.Session.RunningTurn = new TurnId("turn_2");

        using var answer = await gateway.AskAsync(path: path, method: new HttpMethod(method));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("authentication_error", await ErrorTypeAsync(answer));
        Assert.Empty(gateway.Provider.Calls);
    }

    [Fact]
    public async Task Session_has_a_limit_of_requests_at_once()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        using var begun = new SemaphoreSlim(0);
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Session.BeforeBegin = () =>
        {
            begun.Release();
            return open.Task;
        };
        var asked = Enumerable.Range(0, SessionPlaces.Most).Select(_ => gateway.AskAsync()).ToList();
        foreach (var _ in asked)
        {
            await begun.WaitAsync(Stop);
        }

        using (var refused = await gateway.AskAsync())
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.Equal("rate_limit_error", await ErrorTypeAsync(refused));
            Assert.Equal("1", refused.Headers.GetValues("retry-after").Single());
        }

        open.SetResult();
        foreach (var call in asked)
        {
            using var answer = await call;
            await answer.Content.ReadAsStringAsync(Stop);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    private static async Task<Message> AskAsync(string url, string key, bool stream)
    {
        using AnthropicClient client = new() { ApiKey = key, BaseUrl = url, MaxRetries = 0 };
        var question = new MessageCreateParams
        {
            Model = "claude-opus-5-5",
            MaxTokens = 100,
            Messages = [new UserMessageParam { Content = "Hi" }],
        };
        return stream
            ? await client.Messages.CreateStreaming(question, Stop).Aggregate()
            : await client.Messages.Create(question, Stop);
    }

    private static async Task<string?> ErrorTypeAsync(HttpResponseMessage answer)
    {
        using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(Stop));
        Assert.Equal("error", json.RootElement.GetProperty("type").GetString());
        return json.RootElement.GetProperty("error").GetProperty("type").GetString();
    }
}
