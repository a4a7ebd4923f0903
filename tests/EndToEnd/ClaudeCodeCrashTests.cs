using System.Text.Json.Nodes;
using Colloquy.Emulators;
using Xunit;
using static Colloquy.EndToEnd.ApiClient;

namespace Colloquy.EndToEnd;

/// <summary>
/// The Claude Code agent in sandboxes of a host of their own, which outlive the server; and a server that outlives the
/// sandbox.
/// </summary>
[Collection(ClaudeCodeGroup.Name)]
public sealed class ClaudeCodeCrashTests(ClaudeCodeFixture fixture) : IAsyncLifetime
{
    private readonly TemporaryFolder _data = new();
    private readonly TemporaryFolder _hostData = new();
    private MessagesEmulator _emulator = null!;
    private HostProcess _host = null!;
    private ServerProcess _server = null!;
    private ApiClient _api = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // Where sandboxes find the gateway, whichever server is there: a socket keeps its place over a restart.
    private string Gateway => $"unix:{Path.Combine(_data.Path, "gateway.sock")}";

    public async ValueTask InitializeAsync()
    {
        _emulator = await MessagesEmulator.StartAsync(
            new MessagesEmulatorOptions(ApiKey: ClaudeCodeFixture.ProviderKey), Stop);
        fixture.Template.LendTo(_hostData.Path);
        _host = await HostProcess.StartAsync(
            _hostData.Path, new Dictionary<string, string> { ["SandboxHost__GatewayUrl"] = Gateway });
        await StartServerAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _api.Dispose();
        _server.Dispose();
        await _host.DisposeAsync();
        await _emulator.DisposeAsync();
        _data.Dispose();
        _hostData.Dispose();
    }

    [Fact]
    public async Task Turn_goes_on_after_its_server_was_killed_in_the_middle_of_a_model_call()
    {
        var gate = new Gate();
        _emulator.Respond(
            request => request.ToolResults.Count > 0
                ? Reply.Text("A long answer, cut by a crash.").HoldAfter(5, gate)
                : null,
            times: 1);
        var session = await StartAsync();
        await _api.SayAsync(session, "Run `echo only-once >> log.txt`");
        var viewer = WatchAsync(session);
        await gate.Reached.WaitAsync(Stop);
        await SeeItBegunAsync(session);
        var before = await Bill.EventsAsync(_api, session);

        await KillAsync();
        var seen = await viewer;
        await StartServerAsync();
        var rest = await _api.ReadUntilAsync(
            session, (long)seen[^1]["sequence"]!, stored => Type(stored) == "session.status_idle");
        List<JsonNode> events = [.. seen, .. rest];

        AssertNothingLostOrDoubled(before, events);
        Assert.Equal("completed", (string?)events[^1]["outcome"]);
        Assert.Equal("only-once\n", await _api.GetFileAsync(session, "log.txt"));
        // The finished call once, the one that was in flight and its repetition.
        Assert.Equal([0, 1, 1], _emulator.Messages.Select(call => call.Request!.ToolResults.Count));
        await AssertBookedAsync(session);
    }

    [Fact]
    public async Task Turn_goes_on_after_its_server_was_killed_while_a_command_runs_and_no_call_is_repeated()
    {
        var session = await StartAsync();
        await _api.SayAsync(session, "Run `touch begun; until [ -e go ]; do sleep 0.05; done; echo went`");
        await Eventually.TrueAsync(async () => await _api.GetFileAsync(session, "begun") is not null);
        var before = await Bill.EventsAsync(_api, session);

        await KillAsync();
        await StartServerAsync();
        await _api.PutFileAsync(session, "go", "now");
        var events = await _api.ReadUntilAsync(session, 0, stored => Type(stored) == "session.status_idle");

        AssertNothingLostOrDoubled(before, events);
        Assert.Contains("went", Answers(events), StringComparison.Ordinal);
        Assert.Equal(2, _emulator.Messages.Count);
        await AssertBookedAsync(session);
    }

    [Fact]
    public async Task Conversation_goes_on_in_a_new_sandbox_after_the_old_one_was_lost()
    {
        var session = await StartAsync();
        await _api.AskAsync(session, "Remember that the code word is walnut.");
        await _api.AskAsync(session, "The second thing is a lantern.");

        var lost = (string)(await _api.GetAsync($"/v1/sessions/{session}"))["sandbox_id"]!;
        await _host.KillSandboxAsync(lost);
        var events = await _api.AskAsync(session, "What is the code word?");

        Assert.DoesNotContain(events, stored => Type(stored) == "session.error");
        Assert.Equal("The code word is walnut.", Answers(events));
        var third = _emulator.Messages[2].Request!.ConversationText;
        Assert.Contains("I will remember walnut", third, StringComparison.Ordinal);
        Assert.Contains("The second thing is a lantern", third, StringComparison.Ordinal);
        await AssertBookedAsync(session);
    }

    private async Task StartServerAsync()
    {
        _server = await ServerProcess.StartAsync(_data.Path, new Dictionary<string, string>(_host.ForServers)
        {
            ["ANTHROPIC_API_KEY"] = ClaudeCodeFixture.ProviderKey,
            ["ANTHROPIC_BASE_URL"] = _emulator.Url,
            ["ModelGateway__Listen"] = Gateway,
        });
        _api?.Dispose();
        _api = new ApiClient(_server.Url);
    }

    private async Task KillAsync()
    {
        await _server.KillAsync();
        _server.Dispose();
    }

    /// <summary>What a viewer sees who is there until the server dies.</summary>
    /// <summary>What the agent has printed of an answer is what its call can be booked by.</summary>
    private async Task SeeItBegunAsync(string session)
    {
        await foreach (var (_, data) in _api.FramesAsync(session, "after=0&event_deltas[]=agent.message"))
        {
            if (Type(data) == "event_delta")
            {
                return;
            }
        }
    }

    private async Task<List<JsonNode>> WatchAsync(string session)
    {
        var seen = new List<JsonNode>();
        try
        {
            await foreach (var (_, data) in _api.FramesAsync(session, "after=0"))
            {
                seen.Add(data);
            }
        }
        catch (IOException)
        {
            // It died.
        }

        return seen;
    }

    private Task<string> StartAsync() => _api.CreateSessionAsync(new { agent = "agent_claude_code" });

    private Task AssertBookedAsync(string session) =>
        new Bill(_emulator.Messages).AssertBookedAsync(_api, session, _data.Path);

    private static void AssertNothingLostOrDoubled(List<JsonNode> before, List<JsonNode> events)
    {
        Assert.Equal(before.Select(Id), events.Take(before.Count).Select(Id));
        Assert.Equal(
            Enumerable.Range(1, events.Count).Select(n => (long)n), events.Select(stored => (long)stored["sequence"]!));
        Assert.Distinct(events.Select(Id));
        Assert.Single(events, stored => Type(stored) == "agent.tool_use");
        Assert.Single(events, stored => Type(stored) == "agent.tool_result");
        Assert.Single(events, stored => Type(stored) == "agent.message");
        Assert.DoesNotContain(events, stored => Type(stored) == "session.error");
    }

    private static string Id(JsonNode stored) => (string)stored["id"]!;
}
