using System.Net;
using Anthropic;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;

namespace Colloquy.Emulators.Tests;

/// <summary>The official client is the judge: it understands the emulator as it does the real API.</summary>
public sealed class MessagesEmulatorTests : IAsyncLifetime
{
    private const string Model = "claude-opus-5-5";

    private MessagesEmulator _emulator = null!;
    private AnthropicClient _client = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _emulator = await MessagesEmulator.StartAsync(cancellationToken: Stop);
        _client = new AnthropicClient { ApiKey = "any", BaseUrl = _emulator.Url, MaxRetries = 0 };
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _emulator.DisposeAsync();
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Text_is_answered_and_its_usage_is_the_truth(bool stream)
    {
        var message = await AskAsync("Hello there", stream);

        Assert.Equal("You said: Hello there", Text(message));
        Assert.Equal("end_turn", message.StopReason?.Raw());
        Assert.Equal(Model, message.Model.Raw());
        AssertTruth(message);
        var call = _emulator.Messages.Single();
        Assert.True(call.Complete);
        Assert.Equal((200, message.ID, stream), (call.Status, call.MessageId, call.Request!.Stream));
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Thinking_and_two_tools_come_in_one_message(bool stream)
    {
        _emulator.Respond(_ => Reply.Of(
            new Block.Thinking("Two things are to be looked at."),
            new Block.Text("I look."),
            new Block.ToolUse("Bash", new { command = "ls -la /home/user | head" }),
            new Block.ToolUse("Read", new { file_path = "/home/user/a.txt" })));

        var message = await AskAsync("Look", stream);

        Assert.Equal("tool_use", message.StopReason?.Raw());
        Assert.True(message.Content[0].TryPickThinking(out var thinking));
        Assert.Equal("Two things are to be looked at.", thinking.Thinking);
        Assert.NotEmpty(thinking.Signature);
        Assert.True(message.Content[2].TryPickToolUse(out var bash));
        Assert.Equal("ls -la /home/user | head", bash.Input["command"].GetString());
        Assert.True(message.Content[3].TryPickToolUse(out var read));
        Assert.Equal("/home/user/a.txt", read.Input["file_path"].GetString());
        Assert.NotEqual(bash.ID, read.ID);
        AssertTruth(message);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Usage_is_scripted_in_every_class(bool stream)
    {
        var usage = new Usage(Input: 1, Output: 22, CacheWrite5m: 333, CacheWrite1h: 4444, CacheRead: 55_555, WebSearches: 6);
        _emulator.Respond(_ => Reply.Text("hi") with { Usage = usage, Model = "claude-haiku-5-5", StopReason = "max_tokens" });

        var message = await AskAsync("Hello", stream);

        Assert.Equal(usage, _emulator.Truth["claude-haiku-5-5"]);
        Assert.Equal("max_tokens", message.StopReason?.Raw());
        AssertTruth(message);
    }

    [Fact]
    public async Task Output_of_the_first_frame_is_not_the_truth()
    {
        var first = 0L;
        await foreach (var streamed in _client.Messages.CreateStreaming(Asked("Hello"), Stop))
        {
            first = streamed.TryPickStart(out var start) ? start.Message.Usage.OutputTokens : first;
        }

        Assert.Equal(1, first);
        Assert.NotEqual(first, _emulator.Truth[Model].Output);
    }

    [Theory]
    [InlineData(400, "invalid_request_error", typeof(AnthropicBadRequestException))]
    [InlineData(401, "authentication_error", typeof(AnthropicUnauthorizedException))]
    [InlineData(403, "permission_error", typeof(AnthropicForbiddenException))]
    [InlineData(404, "not_found_error", typeof(AnthropicNotFoundException))]
    [InlineData(413, "request_too_large", typeof(Anthropic4xxException))]
    [InlineData(429, "rate_limit_error", typeof(AnthropicRateLimitException))]
    [InlineData(500, "api_error", typeof(Anthropic5xxException))]
    [InlineData(529, "overloaded_error", typeof(Anthropic5xxException))]
    public async Task Error_is_the_right_exception(int status, string type, System.Type exception)
    {
        _emulator.Respond(_ => Reply.Error(status, type, "as scripted"));

        var error = Assert.IsAssignableFrom<AnthropicApiException>(
            await Record.ExceptionAsync(() => AskAsync("Hello", stream: true)));

        Assert.IsAssignableFrom(exception, error);
        Assert.Equal((HttpStatusCode)status, error.StatusCode);
        Assert.Contains("as scripted", error.ResponseBody, StringComparison.Ordinal);
        Assert.Empty(_emulator.Truth);
    }

    [Fact]
    public async Task Rate_limit_says_when_to_come_back_and_the_rule_is_used_up()
    {
        _emulator.Respond(_ => Reply.Error(429, "rate_limit_error", "slow down", ("retry-after", "1")), times: 1);
        var patient = _client.WithOptions(options => options with { MaxRetries = 1 });

        await patient.Messages.Create(Asked("Hello"), Stop);

        var calls = _emulator.Messages;
        Assert.Equal([429, 200], calls.Select(call => call.Status));
        Assert.True(calls[1].ReceivedAt - calls[0].EndedAt >= TimeSpan.FromSeconds(0.9));
    }

    [Fact]
    public async Task Cut_stream_fails_and_is_billed_for_what_was_said_until_then()
    {
        _emulator.Respond(_ => (Reply.Text("never seen whole") with { Usage = new Usage(10, 20) }).CutAfter(4));

        await Assert.ThrowsAsync<HttpIOException>(() => AskAsync("Hello", stream: true));

        Assert.Equal(new Usage(10, 1), _emulator.Truth[Model]);
        Assert.False(_emulator.Messages.Single().Complete);
    }

    [Fact]
    public async Task Connection_that_breaks_without_a_word_costs_nothing()
    {
        _emulator.Respond(_ => Reply.Text("never seen").CutHeaders());

        await Assert.ThrowsAsync<AnthropicIOException>(() => AskAsync("Hello", stream: true));

        Assert.Empty(_emulator.Truth);
        Assert.False(_emulator.Messages.Single().Complete);
    }

    [Fact]
    public async Task Cut_document_fails()
    {
        _emulator.Respond(_ => Reply.Text("never seen whole").CutAfter(1));

        await Assert.ThrowsAnyAsync<Exception>(() => AskAsync("Hello", stream: false));

        Assert.Equal(Usage.None, _emulator.Truth[Model]);
    }

    [Fact]
    public async Task Error_event_ends_the_stream()
    {
        _emulator.Respond(_ => Reply.Text("never seen whole").ErrorAfter(3));

        var error = await Assert.ThrowsAsync<AnthropicSseException>(() => AskAsync("Hello", stream: true));

        Assert.Contains("Overloaded", error.ToString(), StringComparison.Ordinal);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Answer_waits_at_its_gate(bool headers)
    {
        var gate = new Gate();
        _emulator.Respond(_ => headers ? Reply.Text("late").HoldHeaders(gate) : Reply.Text("late").HoldAfter(3, gate));
        var asked = AskAsync("Hello", stream: true);
        await gate.Reached.WaitAsync(Stop);
        Assert.False(asked.IsCompleted);

        gate.Open();

        Assert.Equal("late", Text(await asked));
    }

    [Fact]
    public async Task Client_that_goes_away_is_noted_and_what_it_had_is_billed()
    {
        var gate = new Gate();
        _emulator.Respond(_ => (Reply.Text("late") with { Usage = new Usage(10, 20) }).HoldAfter(3, gate));
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var asked = _client.Messages.CreateStreaming(Asked("Hello"), leave.Token).Aggregate();
        await gate.Reached.WaitAsync(Stop);

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => asked);

        var call = (await _emulator.WaitForCallsAsync(1, Stop)).Single();
        await call.Ended.WaitAsync(Stop);
        Assert.True(call.Aborted);
        Assert.Equal(new Usage(10, 1), call.Usage);
    }

    [Fact]
    public async Task Only_the_right_key_is_taken_if_there_is_one()
    {
        await using var strict = await MessagesEmulator.StartAsync(new MessagesEmulatorOptions(ApiKey: "right"), Stop);
        using var wrong = new AnthropicClient { ApiKey = "wrong", BaseUrl = strict.Url, MaxRetries = 0 };
        using var right = new AnthropicClient { ApiKey = "right", BaseUrl = strict.Url, MaxRetries = 0 };

        await Assert.ThrowsAsync<AnthropicUnauthorizedException>(() => wrong.Messages.Create(Asked("Hello"), Stop));
        (await right.Messages.Create(Asked("Hello"), Stop)).Validate();

        using var http = new HttpClient { BaseAddress = new Uri(strict.Url) };
        using var hello = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/api/hello"), Stop);
        Assert.Equal(HttpStatusCode.OK, hello.StatusCode);
    }

    [Fact]
    public async Task Tokens_are_counted_and_models_listed_for_nothing()
    {
        var count = await _client.Messages.CountTokens(
            new MessageCountTokensParams { Model = Model, Messages = [new UserMessageParam { Content = "Hello" }] }, Stop);
        var models = await _client.Models.List(cancellationToken: Stop);
        var model = await _client.Models.Retrieve(Model, cancellationToken: Stop);

        Assert.True(count.InputTokens > 0);
        Assert.Contains(models.Items, listed => listed.ID == Model);
        Assert.Equal(Model, model.ID);
        Assert.Empty(_emulator.Truth);
    }

    [Fact]
    public async Task Socket_is_served_as_well()
    {
        var folder = Directory.CreateTempSubdirectory("emulator-").FullName;
        var path = Path.Combine(folder, "api");
        await using var emulator = await MessagesEmulator.StartAsync(new MessagesEmulatorOptions(UnixSocket: path), Stop);
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, stop) =>
            {
                var socket = new System.Net.Sockets.Socket(
                    System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
                await socket.ConnectAsync(new System.Net.Sockets.UnixDomainSocketEndPoint(path), stop);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        };
        using var client = new AnthropicClient { ApiKey = "any", BaseUrl = "http://emulator", HttpClient = new HttpClient(handler) };

        Assert.Equal("You said: Hello", Text(await client.Messages.Create(Asked("Hello"), Stop)));
        Assert.StartsWith("http://127.0.0.1:", emulator.Url, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    private Task<Message> AskAsync(string text, bool stream) => stream
        ? _client.Messages.CreateStreaming(Asked(text), Stop).Aggregate()
        : _client.Messages.Create(Asked(text), Stop);

    private static MessageCreateParams Asked(string text) =>
        new() { Model = Model, MaxTokens = 1000, Messages = [new UserMessageParam { Content = text }] };

    private static string Text(Message message) => message.Content.Single().TryPickText(out var text) ? text.Text : "";

    private void AssertTruth(Message message)
    {
        message.Validate();
        var usage = message.Usage;
        Assert.Equal(
            _emulator.Truth[message.Model.Raw()],
            new Usage(
                usage.InputTokens, usage.OutputTokens, usage.CacheCreation!.Ephemeral5mInputTokens,
                usage.CacheCreation.Ephemeral1hInputTokens, usage.CacheReadInputTokens ?? 0,
                usage.ServerToolUse?.WebSearchRequests ?? 0));
    }
}
