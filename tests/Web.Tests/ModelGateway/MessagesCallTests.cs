using System.Text;
using Colloquy.Costs;
using Colloquy.Emulators;
using Colloquy.Models;
using Colloquy.Sessions;
using Colloquy.Web.ModelGateway;

namespace Colloquy.Web.Tests.ModelGateway;

/// <summary>What becomes of a call that is forwarded, for the agent and for the journal.</summary>
public sealed class MessagesCallTests : IAsyncLifetime
{
    private GatewayFixture _gateway = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _gateway = await GatewayFixture.StartAsync();

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    [Theory, InlineData(true), InlineData(false)]
    public async Task Call_is_booked_as_the_provider_counts_it(bool stream)
    {
        _gateway.Provider.Respond(_ => Reply.Text("Hello") with { Usage = new Usage(11, 22, 33, 44, 55, 2) });

        using var answer = await _gateway.AskAsync(Body(stream), headers: ("x-stainless-retry-count", "3"));
        var text = await answer.Content.ReadAsStringAsync(Stop);

        var (turn, start) = Assert.Single(_gateway.Session.BegunCalls);
        var end = Assert.Single(_gateway.Session.EndedCalls);
        var sent = _gateway.Provider.Messages.Single();
        Assert.Contains(stream ? "message_stop" : "\"Hello\"", text, StringComparison.Ordinal);
        Assert.Equal(GatewayFixture.Turn, turn);
        Assert.Equal(start.CallId, end.CallId);
        Assert.Equal(("claude-opus-5-5", 3, false), (start.Model, start.Attempt, start.Notional));
        Assert.Equal(new TokenUsage((Body(stream).Length + 2) / 3, 100, 0, 0, 0), start.WorstCase);
        Assert.Equal(new TokenUsage(11, 22, 33, 44, 55), end.Tokens);
        Assert.Equal((2, 200, sent.MessageId, sent.RequestId, "end_turn"),
            (end.WebSearches, end.Status, end.MessageId, end.RequestId, end.StopReason));
        Assert.Equal(new ModelCallTerms("standard", null, "global"), end.Terms);
        Assert.Null(end.Error);
        Assert.False(end.Incomplete);
        Assert.InRange(end.TimeToFirstToken!.Value, 0, end.DurationSeconds);
    }

    [Fact]
    public async Task Answer_is_passed_on_as_it_comes()
    {
        var gate = new Gate();
        _gateway.Provider.Respond(_ => Reply.Text("Hello").HoldAfter(3, gate));

        using var answer = await _gateway.AskAsync();
        await using var stream = await answer.Content.ReadAsStreamAsync(Stop);
        var first = await ReadUntilAsync(stream, "event: content_block_start");
        Assert.Empty(_gateway.Session.EndedCalls);
        gate.Open();
        var rest = await ReadUntilAsync(stream, "message_stop\"}\n\n");

        Assert.StartsWith("event: message_start\n", first, StringComparison.Ordinal);
        Assert.Contains("event: message_delta", rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Last_frame_waits_until_the_end_is_stored()
    {
        var ending = new Door();
        _gateway.Session.BeforeEnd = ending.PassAsync;

        using var answer = await _gateway.AskAsync();
        await using var stream = await answer.Content.ReadAsStreamAsync(Stop);
        var before = await ReadUntilAsync(stream, "event: message_delta");
        await ending.Reached.WaitAsync(Stop);
        before += await ReadUntilAsync(stream, "\n\n");
        var rest = ReadUntilAsync(stream, "message_stop");
        Assert.False(rest.IsCompleted);
        ending.Open();

        Assert.DoesNotContain("message_stop", before, StringComparison.Ordinal);
        Assert.Contains("message_stop", await rest, StringComparison.Ordinal);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task End_is_stored_again_until_it_works_and_the_agent_waits(bool stream)
    {
        var failures = 2;
        _gateway.Session.BeforeEnd = () =>
            failures-- > 0 ? Task.FromException(new IOException("The store is away.")) : Task.CompletedTask;

        using var answer = await _gateway.AskAsync(Body(stream));
        var text = await answer.Content.ReadAsStringAsync(Stop);

        Assert.Contains(stream ? "message_stop" : "end_turn", text, StringComparison.Ordinal);
        Assert.Single(_gateway.Session.EndedCalls);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Call_whose_end_cannot_be_stored_never_looks_finished(bool stream)
    {
        _gateway.Session.BeforeEnd = () => Task.FromException(new SessionNotFoundException("sesn_gateway"));

        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using var answer = await _gateway.AskAsync(Body(stream));
            await answer.Content.ReadAsStringAsync(Stop);
        });
    }

    [Theory]
    [InlineData(400, "invalid_request_error")]
    [InlineData(401, "authentication_error")]
    [InlineData(403, "permission_error")]
    [InlineData(404, "not_found_error")]
    [InlineData(413, "request_too_large")]
    [InlineData(429, "rate_limit_error")]
    [InlineData(500, "api_error")]
    [InlineData(529, "overloaded_error")]
    public async Task Error_of_the_provider_passes_unchanged_and_is_booked(int status, string type)
    {
        _gateway.Provider.Respond(_ => Reply.Error(status, type, "Why it failed.", ("retry-after", "7")));
        using var direct = new HttpClient { BaseAddress = new Uri(_gateway.Provider.Url) };
        direct.DefaultRequestHeaders.Add("x-api-key", "any");
        using var expected = await direct.PostAsync("/v1/messages", new StringContent(GatewayFixture.Question), Stop);

        using var answer = await _gateway.AskAsync();

        Assert.Equal(status, (int)answer.StatusCode);
        var (one, other) = (await expected.Content.ReadAsStringAsync(Stop), await answer.Content.ReadAsStringAsync(Stop));
        Assert.Equal(WithoutRequestId(one), WithoutRequestId(other));
        Assert.Equal("7", answer.Headers.GetValues("retry-after").Single());
        Assert.Equal(status is 401 or 403, answer.Headers.Contains("x-should-retry"));
        var end = Assert.Single(_gateway.Session.EndedCalls);
        Assert.Equal((status, type, "Why it failed."), (end.Status, end.Error!.Type, end.Error.Message));
        Assert.Equal(answer.Headers.GetValues("request-id").Single(), end.RequestId);
        Assert.Equal((TokenUsage.None, false, "claude-opus-5-5"), (end.Tokens, end.Incomplete, end.Model));
    }

    [Fact]
    public async Task Cut_stream_is_booked_with_what_was_seen()
    {
        _gateway.Provider.Respond(_ => (Reply.Text("Hello") with { Usage = new Usage(10, 20) }).CutAfter(3));

        using var answer = await _gateway.AskAsync();
        var text = new StringBuilder();
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Stop));
            while (await reader.ReadLineAsync(Stop) is { } line)
            {
                text.AppendLine(line);
            }
        });

        Assert.Equal(3, text.ToString().Split("event: ").Length - 1); // all that the provider sent
        var end = await _gateway.Session.NextEndAsync(Stop);
        Assert.Equal((200, CallRecord.StreamCut, true), (end.Status, end.Error!.Type, end.Incomplete));
        Assert.Equal(new TokenUsage(10, 1, 0, 0, 0), end.Tokens);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Answer_that_is_cut_before_its_usage_counts_nothing_and_is_incomplete(bool stream)
    {
        _gateway.Provider.Respond(_ => Reply.Text("Hello").CutAfter(0));

        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using var answer = await _gateway.AskAsync(Body(stream));
            await answer.Content.ReadAsStringAsync(Stop);
        });

        var end = await _gateway.Session.NextEndAsync(Stop);
        Assert.Equal((200, CallRecord.StreamCut, true), (end.Status, end.Error!.Type, end.Incomplete));
        Assert.Equal(TokenUsage.None, end.Tokens);
    }

    [Fact]
    public async Task Call_that_was_never_sent_costs_nothing()
    {
        using var closed = GatewaySocket.Bind("http://127.0.0.1:0"); // bound, but nobody listens
        await using var gateway = await GatewayFixture.StartAsync(options => options.ProviderUrl = closed.Address);

        using var answer = await gateway.AskAsync();
        using var counted = await gateway.AskAsync(path: "/v1/messages/count_tokens");

        Assert.Equal((502, 502), ((int)answer.StatusCode, (int)counted.StatusCode));
        var end = Assert.Single(gateway.Session.EndedCalls);
        Assert.Equal((CallRecord.ConnectionFailed, TokenUsage.None), (end.Error!.Type, end.Tokens));
    }

    [Fact]
    public async Task Answer_with_half_a_character_and_a_strange_header_passes()
    {
        const string Message =
            """{"type":"message","id":"\ud800","model":"m","content":[],"usage":{"input_tokens":5,"output_tokens":6}}""";
        using var provider = new RawProvider(
            "HTTP/1.1 200 OK\r\nx-region: caf\u00e9\r\nx-other: 1\r\ncontent-type: application/json\r\n" +
            $"content-length: {Message.Length}\r\n\r\n{Message}");
        await using var gateway = await GatewayFixture.StartAsync(options => options.ProviderUrl = provider.Url);

        using var answer = await gateway.AskAsync();

        Assert.Equal(Message, await answer.Content.ReadAsStringAsync(Stop));
        Assert.Equal((true, false), (answer.Headers.Contains("x-other"), answer.Headers.Contains("x-region")));
        var end = Assert.Single(gateway.Session.EndedCalls);
        Assert.Equal((5L, 6L, null, null), (end.Tokens.Input, end.Tokens.Output, end.MessageId, end.Error));
    }

    [Fact]
    public async Task Error_event_in_the_stream_is_booked_before_the_agent_sees_it()
    {
        _gateway.Provider.Respond(_ => Reply.Text("Hello").ErrorAfter(3));

        using var answer = await _gateway.AskAsync();
        var text = await answer.Content.ReadAsStringAsync(Stop);

        Assert.Contains("event: error", text, StringComparison.Ordinal);
        var end = Assert.Single(_gateway.Session.EndedCalls);
        Assert.Equal((200, "overloaded_error", "Overloaded", true), (end.Status, end.Error!.Type, end.Error.Message, end.Incomplete));
    }

    [Fact]
    public async Task Provider_that_breaks_off_before_it_answers_is_a_bad_gateway()
    {
        _gateway.Provider.Respond(_ => Reply.Text("").CutHeaders());

        using var answer = await _gateway.AskAsync();

        Assert.Equal(502, (int)answer.StatusCode);
        Assert.Contains("\"api_error\"", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        var end = Assert.Single(_gateway.Session.EndedCalls);
        Assert.Equal((null, CallRecord.ConnectionFailed, TokenUsage.None), (end.Status, end.Error!.Type, end.Tokens));
    }

    [Fact]
    public async Task Slow_start_is_waited_for()
    {
        var gate = new Gate();
        _gateway.Provider.Respond(_ => Reply.Text("Hello").HoldHeaders(gate));

        var asked = _gateway.AskAsync();
        await gate.Reached.WaitAsync(Stop);
        Assert.False(asked.IsCompleted);
        gate.Open();

        using var answer = await asked;
        Assert.Contains("message_stop", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    [Theory, InlineData(-1), InlineData(3)]
    public async Task Agent_that_goes_away_cancels_the_call_at_the_provider(int after)
    {
        var gate = new Gate();
        _gateway.Provider.Respond(_ => after < 0 ? Reply.Text("").HoldHeaders(gate)
            : (Reply.Text("Hello") with { Usage = new Usage(10, 20) }).HoldAfter(after, gate));
        using var interrupt = new CancellationTokenSource();

        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages") { Content = new StringContent(GatewayFixture.Question) };
        var asked = ReadAllAsync(request, interrupt.Token);
        await gate.Reached.WaitAsync(Stop);
        await interrupt.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await _gateway.Provider.Messages.Single().Ended.WaitAsync(Stop);
        var end = await _gateway.Session.NextEndAsync(Stop);
        Assert.True(_gateway.Provider.Messages.Single().Aborted);
        Assert.Equal((CallRecord.Cancelled, true), (end.Error!.Type, end.Incomplete));
    }

    [Fact]
    public async Task Stopping_server_cuts_calls_that_do_not_end_and_books_them()
    {
        _gateway.Provider.Respond(_ => Reply.Text("Hello").HoldAfter(3, new Gate()));
        using var answer = await _gateway.AskAsync();

        await _gateway.StopAsync();

        Assert.Equal(CallRecord.Cancelled, Assert.Single(_gateway.Session.EndedCalls).Error!.Type);
    }

    [Fact]
    public async Task Nothing_is_forwarded_for_a_turn_that_is_over()
    {
        _gateway.Session.BeforeBegin = () => Task.FromException(new TurnOverException("turn_1"));

        using var answer = await _gateway.AskAsync();

        Assert.Equal(401, (int)answer.StatusCode);
        Assert.Equal("false", answer.Headers.GetValues("x-should-retry").Single());
        Assert.Empty(_gateway.Provider.Calls);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_is_forwarded_for_a_turn_that_makes_too_many_calls(bool final)
    {
        var refusal = final
            ? TooManyModelCallsException.InTurn(GatewayFixture.Turn, 10_000)
            : TooManyModelCallsException.AtOnce(GatewayFixture.Turn, 64);
        _gateway.Session.BeforeBegin = () => Task.FromException(refusal);

        using var answer = await _gateway.AskAsync();

        Assert.Equal(429, (int)answer.StatusCode);
        Assert.Equal(final, answer.Headers.Contains("x-should-retry"));
        var body = await answer.Content.ReadAsStringAsync(Stop);
        Assert.Contains("\"rate_limit_error\"", body, StringComparison.Ordinal);
        Assert.Contains("model calls", body, StringComparison.Ordinal);
        Assert.Empty(_gateway.Provider.Calls);
    }

    [Fact]
    public async Task Nothing_is_forwarded_before_its_beginning_is_stored()
    {
        var gate = new Door();
        _gateway.Session.BeforeBegin = gate.PassAsync;

        var asked = _gateway.AskAsync();
        await gate.Reached.WaitAsync(Stop);
        Assert.Empty(_gateway.Provider.Calls);
        gate.Open();

        using var answer = await asked;
        Assert.Equal(200, (int)answer.StatusCode);
    }

    private async Task<string> ReadAllAsync(HttpRequestMessage request, CancellationToken interrupt)
    {
        using var answer = await _gateway.Http.SendAsync(request, interrupt);
        return await answer.Content.ReadAsStringAsync(interrupt);
    }

    private static string Body(bool stream) => stream
        ? GatewayFixture.Question
        : GatewayFixture.Question.Replace("true", "false", StringComparison.Ordinal);

    private static async Task<string> ReadUntilAsync(Stream stream, string end)
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (!text.ToString().Contains(end, StringComparison.Ordinal) && await stream.ReadAsync(one, Stop) > 0)
        {
            text.Append((char)one[0]);
        }

        return text.ToString();
    }

    private static string WithoutRequestId(string json)
    {
        var from = json.IndexOf("req_", StringComparison.Ordinal);
        return from < 0 ? json : json[..from];
    }

    /// <summary>Where the journal waits.</summary>
    private sealed class Door
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public void Open() => _open.TrySetResult();

        public Task PassAsync()
        {
            _reached.TrySetResult();
            return _open.Task;
        }
    }
}
