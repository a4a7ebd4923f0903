using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Colloquy.Silo;
using Xunit;
using static Colloquy.EndToEnd.ApiClient;

namespace Colloquy.EndToEnd;

/// <summary>The whole server in this process: real HTTP, real store, real sandboxes, the offline agent.</summary>
public sealed class ConversationTests : IAsyncLifetime
{
    private readonly TemporaryFolder _data = new();
    private ColloquyServer _server = null!;
    private ApiClient _api = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await ColloquyServer.StartAsync(
            new ServerSettings { Urls = "http://127.0.0.1:0", DataFolder = _data.Path, Quiet = true },
            TestContext.Current.CancellationToken);
        _api = new ApiClient(_server.Url);
    }

    public async ValueTask DisposeAsync()
    {
        _api.Dispose();
        await _server.DisposeAsync();
        _data.Dispose();
    }

    [Fact]
    public async Task Question_is_answered_and_its_cost_agrees_on_event_session_and_ledger()
    {
        var session = await _api.CreateSessionAsync();

        var events = await _api.AskAsync(session, "What is 17*23?");

        Assert.Contains("391", Answers(events), StringComparison.Ordinal);
        var cost = events[^1]["cost"]!;
        Assert.Equal("completed", (string?)events[^1]["outcome"]);
        Assert.True((long)cost["tokens"]!["prompt"]! > 0 && (long)cost["tokens"]!["output"]! > 0);
        Assert.True((decimal)cost["total_usd"]! > 0);
        Assert.True((double)cost["sandbox_seconds"]! > 0);
        var total = (long)cost["total_nano_usd"]!;
        Assert.Equal(total, (long)(await _api.GetAsync($"/v1/sessions/{session}"))["cost"]!["total_nano_usd"]!);
        Assert.Equal(total, (long)(await _api.GetAsync("/v1/costs"))["totals"]!["total_nano_usd"]!);
    }

    [Fact]
    public async Task Session_remembers_its_conversation_and_keeps_its_files_in_one_sandbox()
    {
        var session = await _api.CreateSessionAsync();
        var turns = new List<List<JsonNode>>
        {
            await _api.AskAsync(session, "Remember that the code word is tangerine."),
            await _api.AskAsync(session, "Write \"first line\" to notes.txt"),
            await _api.AskAsync(session, "What is the code word?"),
            await _api.AskAsync(session, "Read notes.txt"),
        };

        Assert.Contains("tangerine", Answers(turns[2]), StringComparison.Ordinal);
        Assert.Contains("first line", turns[3].Select(e => e.ToJsonString()).Aggregate(string.Concat), StringComparison.Ordinal);
        Assert.Single(turns.Select(turn => (string?)turn[^1]["sandbox"]!["sandbox_id"]).Distinct());
    }

    [Fact]
    public async Task Interrupt_ends_the_turn_within_a_second_and_the_next_message_is_answered()
    {
        var session = await _api.CreateSessionAsync();
        var sent = await _api.SayAsync(session, "Sleep 60");
        await _api.ReadUntilAsync(session, 0, stored => Type(stored) == "agent.tool_use");

        var clock = Stopwatch.StartNew();
        await _api.InterruptAsync(session);
        var events = await _api.ReadUntilAsync(session, 0, stored => Type(stored) == "session.status_idle");

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1), $"took {clock.Elapsed}");
        Assert.Equal("interrupted", (string?)events[^1]["outcome"]);
        Assert.Equal((string?)sent["data"]![0]!["turn_id"], (string?)events[^1]["turn_id"]);
        Assert.Contains("5", Answers(await _api.AskAsync(session, "What is 2+3?")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Agent_that_fails_is_reported_with_exit_code_and_stderr_and_the_session_goes_on()
    {
        var session = await _api.CreateSessionAsync();

        var events = await _api.AskAsync(session, "Fail with exit code 7");

        var error = events.Single(stored => Type(stored) == "session.error")["error"]!;
        Assert.Equal(7, (int?)error["exit_code"]);
        Assert.NotEmpty((string)error["stderr"]!);
        Assert.NotNull((string?)error["sandbox_id"]);
        Assert.Contains("42", Answers(await _api.AskAsync(session, "What is 6*7?")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Turn_beyond_its_timeout_is_stopped_and_said_to_be_a_timeout()
    {
        var session = await _api.CreateSessionAsync(new { turn_timeout_seconds = 1 });

        var events = await _api.AskAsync(session, "Sleep 60");

        Assert.Equal("timeout", (string?)events.Single(stored => Type(stored) == "session.error")["error"]!["category"]);
    }

    [Fact]
    public async Task Repeated_request_with_the_same_key_is_answered_once()
    {
        var session = await _api.CreateSessionAsync();
        var first = await _api.SayAsync(session, "What is 1+1?", "key-1");
        await _api.ReadUntilAsync(session, 0, stored => Type(stored) == "session.status_idle");

        var again = await _api.SayAsync(session, "What is 1+1?", "key-1");

        Assert.Equal((string?)first["data"]![0]!["id"], (string?)again["data"]![0]!["id"]);
        Assert.Equal(1, (int)(await _api.GetAsync($"/v1/sessions/{session}"))["turns"]!);
        var conflict = await Assert.ThrowsAsync<HttpRequestException>(() => _api.SayAsync(session, "What is 2+2?", "key-1"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, conflict.StatusCode);
    }

    [Fact]
    public async Task Ended_session_has_no_sandbox_keeps_its_history_and_takes_nothing_more()
    {
        var session = await _api.CreateSessionAsync();
        await _api.AskAsync(session, "What is 1+1?");

        await _api.EndAsync(session);

        var ended = await _api.GetAsync($"/v1/sessions/{session}");
        Assert.Equal("terminated", (string?)ended["status"]);
        Assert.Null((string?)ended["sandbox_id"]);
        // A spare one has a folder too, but no record.
        Assert.DoesNotContain(
            Directory.EnumerateDirectories(Path.Combine(_data.Path, "sandboxhost", "sandboxes")),
            folder => File.Exists(Path.Combine(folder, "sandbox.json")));
        var events = await _api.GetAsync($"/v1/sessions/{session}/events?limit=100");
        Assert.Equal("session.status_terminated", Type(events["data"]!.AsArray()[^1]!));
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => _api.SayAsync(session, "hello?"));
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
    }

    [Fact]
    public async Task Trace_of_a_turn_is_written_with_numbers_only_as_metrics()
    {
        var session = await _api.CreateSessionAsync();
        var events = await _api.AskAsync(session, "Run echo hello");
        var turn = (string)events[^1]["turn_id"]!;
        var file = await AppearsAsync($"{turn}.jsonl");

        var spans = (await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken))
            .Select(line => JsonNode.Parse(line)!).ToList();

        Assert.Contains(spans, span => (string?)span["type"] == "llm");
        Assert.Contains(spans, span => (string?)span["type"] == "tool");
        Assert.All(
            spans.SelectMany(span => span["metrics"]!.AsObject()),
            metric => Assert.Equal(System.Text.Json.JsonValueKind.Number, metric.Value!.GetValueKind()));
    }

    [Fact]
    public async Task Twenty_sessions_talk_at_once_and_none_mixes_up_its_answers()
    {
        await Parallel.ForEachAsync(Enumerable.Range(1, 20), TestContext.Current.CancellationToken, async (n, _) =>
        {
            var session = await _api.CreateSessionAsync();
            Assert.Contains($"{n * 1001}", Answers(await _api.AskAsync(session, $"What is {n}*1001?")), StringComparison.Ordinal);
        });
    }

    private async Task<string> AppearsAsync(string name)
    {
        using var watcher = new FileSystemWatcher(_data.Path) { IncludeSubdirectories = true, EnableRaisingEvents = true };
        while (true)
        {
            var found = Directory.EnumerateFiles(_data.Path, name, SearchOption.AllDirectories).FirstOrDefault();
            if (found is not null)
            {
                return found;
            }

            watcher.WaitForChanged(WatcherChangeTypes.All, 1000);
            await Task.Yield();
        }
    }
}
