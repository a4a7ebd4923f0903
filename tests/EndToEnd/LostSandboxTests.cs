using System.Text.Json.Nodes;
using Xunit;
using static Colloquy.EndToEnd.ApiClient;

namespace Colloquy.EndToEnd;

/// <summary>A server whose sandboxes are on a host of its own, and what happens to it when that host or a sandbox fails.</summary>
public sealed class LostSandboxTests : IAsyncLifetime
{
    private readonly TemporaryFolder _data = new();
    private readonly TemporaryFolder _hostData = new();
    private HostProcess _host = null!;
    private ServerProcess _server = null!;
    private ApiClient _api = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await HostProcess.StartAsync(_hostData.Path);
        _server = await ServerProcess.StartAsync(_data.Path, _host.ForServers);
        _api = new ApiClient(_server.Url);
    }

    public async ValueTask DisposeAsync()
    {
        _api.Dispose();
        _server.Dispose();
        await _host.DisposeAsync();
        _data.Dispose();
        _hostData.Dispose();
    }

    [Fact]
    public async Task Agent_works_on_while_its_host_is_dead_and_the_turn_ends_when_it_is_back()
    {
        var session = await _api.CreateSessionAsync();
        await _api.PutFileAsync(session, "note.txt", "walnut");
        await _api.SayAsync(session, "Sleep 5 and then run cat note.txt");
        await _api.ReadUntilAsync(session, 0, IsToolUse);
        var sandbox = await SandboxOfAsync(session);

        await _host.KillAsync();
        var home = Path.Combine(_hostData.Path, "sandboxes", sandbox, "disk", "home");
        await Eventually.TrueAsync(() => Directory.EnumerateDirectories(Path.Combine(home, ".colloquy", "turns"))
            .All(turn => File.Exists(Path.Combine(turn, "exit"))));
        await _host.StartAsync();
        var events = await _api.ReadUntilAsync(session, 0, IsIdle);

        Assert.DoesNotContain(events, IsError);
        Assert.Contains(events, stored => (string?)stored["stdout"] == "walnut");
        var next = await _api.AskAsync(session, "Run cat note.txt");
        Assert.Contains(next, stored => (string?)stored["stdout"] == "walnut");
        Assert.Null(next[^1]["notice"]);
        Assert.Equal(sandbox, await SandboxOfAsync(session));
    }

    [Fact]
    public async Task Sandbox_that_is_lost_between_turns_is_rebuilt_with_its_files_and_says_so()
    {
        var session = await _api.CreateSessionAsync();
        await _api.AskAsync(session, "Write \"walnut\" to note.txt");
        await Eventually.TrueAsync(() => Directory.Exists(Checkpoints)
            && Directory.EnumerateFiles(Checkpoints, "*.tar.gz", SearchOption.AllDirectories).Any());
        var lost = await SandboxOfAsync(session);

        await _host.KillSandboxAsync(lost);
        var events = await _api.AskAsync(session, "Run cat note.txt");

        Assert.DoesNotContain(events, IsError);
        Assert.Contains(events, stored => (string?)stored["stdout"] == "walnut");
        Assert.Contains("files as they were after turn 1", (string)events[^1]["notice"]!, StringComparison.Ordinal);
        Assert.NotEqual(lost, await SandboxOfAsync(session));
        Assert.Null((await _api.AskAsync(session, "What is 1+1?"))[^1]["notice"]);
    }

    [Fact]
    public async Task Sandbox_that_is_killed_in_the_middle_of_a_turn_costs_that_turn_only()
    {
        var session = await _api.CreateSessionAsync();
        await _api.AskAsync(session, "Remember that the code word is walnut.");
        var said = await _api.SayAsync(session, "Sleep 60");
        var from = (long)said["data"]![0]!["sequence"]!;
        await _api.ReadUntilAsync(session, from, IsToolUse);

        await _host.KillSandboxAsync(await SandboxOfAsync(session));
        var events = await _api.ReadUntilAsync(session, from, IsIdle);
        var next = await _api.AskAsync(session, "What is the code word?");

        Assert.Equal("sandbox_error", (string?)events.Single(IsError)["error"]!["category"]);
        Assert.DoesNotContain(next, IsError);
        Assert.Contains("walnut", Answers(next), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sandbox_of_a_session_that_is_ended_is_gone_at_its_host()
    {
        var session = await _api.CreateSessionAsync();
        await _api.AskAsync(session, "Write \"walnut\" to note.txt");
        var sandbox = await SandboxOfAsync(session);
        Assert.Equal([sandbox], await _host.ListAsync());

        await _api.EndAsync(session);
        await Eventually.TrueAsync(async () => (await _host.ListAsync()).Count == 0);

        Assert.Empty((await _api.GetAsync("/v1/sandboxes"))["data"]!.AsArray());
        await Eventually.TrueAsync(() => !Directory.Exists(Path.Combine(_hostData.Path, "sandboxes", sandbox)));
        Assert.False(Directory.Exists(Path.Combine(Checkpoints, session)));
    }

    private string Checkpoints => Path.Combine(_data.Path, "checkpoints");

    private async Task<string> SandboxOfAsync(string session) =>
        (string)(await _api.GetAsync($"/v1/sessions/{session}"))["sandbox_id"]!;

    private static bool IsToolUse(JsonNode stored) => Type(stored) == "agent.tool_use";

    private static bool IsIdle(JsonNode stored) => Type(stored) == "session.status_idle";

    private static bool IsError(JsonNode stored) => Type(stored) == "session.error";
}
