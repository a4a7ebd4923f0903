using Xunit;
using static Colloquy.EndToEnd.ApiClient;

namespace Colloquy.EndToEnd;

/// <summary>A server in a process of its own, killed with SIGKILL and started again on the same data.</summary>
public sealed class CrashTests : IDisposable
{
    private readonly TemporaryFolder _data = new();

    [Fact]
    public async Task Turn_of_a_killed_server_goes_on_and_the_queued_message_is_answered_without_being_asked()
    {
        string session;
        using (var server = await ServerProcess.StartAsync(_data.Path))
        using (var api = new ApiClient(server.Url))
        {
            session = await api.CreateSessionAsync();
            await api.AskAsync(session, "Remember that the code word is walnut.");
            await api.SayAsync(session, "Sleep 5");
            await api.SayAsync(session, "What is the code word?");
            await api.ReadUntilAsync(session, 0, stored => Type(stored) == "agent.tool_use");
            await server.KillAsync();
        }

        using var again = await ServerProcess.StartAsync(_data.Path);
        using var client = new ApiClient(again.Url);
        var turns = 0;
        var events = await client.ReadUntilAsync(
            session, 0, stored => Type(stored) == "session.status_idle" && ++turns == 3);

        Assert.DoesNotContain(events, stored => Type(stored) == "session.error");
        var slept = events.Single(stored => Type(stored) == "agent.tool_use");
        Assert.Contains("walnut", Answers(events.SkipWhile(stored => stored != slept)), StringComparison.Ordinal);
        Assert.Equal(
            Enumerable.Range(1, events.Count).Select(n => (long)n), events.Select(stored => (long)stored["sequence"]!));
        // A spare one has a folder too, but no record.
        Assert.Single(
            Directory.EnumerateDirectories(Path.Combine(_data.Path, "sandboxhost", "sandboxes")),
            folder => File.Exists(Path.Combine(folder, "sandbox.json")));
    }

    [Fact]
    public async Task Everything_is_there_after_a_kill_between_turns()
    {
        string session, before, costs;
        using (var server = await ServerProcess.StartAsync(_data.Path))
        using (var api = new ApiClient(server.Url))
        {
            session = await api.CreateSessionAsync(new { title = "kept" });
            await api.AskAsync(session, "What is 17*23?");
            before = (await api.GetAsync($"/v1/sessions/{session}/events")).ToJsonString();
            costs = (await api.GetAsync("/v1/costs"))["totals"]!.ToJsonString();
            await server.KillAsync();
        }

        using var again = await ServerProcess.StartAsync(_data.Path);
        using var client = new ApiClient(again.Url);

        Assert.Equal(before, (await client.GetAsync($"/v1/sessions/{session}/events")).ToJsonString());
        Assert.Equal(costs, (await client.GetAsync("/v1/costs"))["totals"]!.ToJsonString());
        Assert.Equal("kept", (string?)(await client.GetAsync($"/v1/sessions/{session}"))["title"]);
        Assert.Equal("ok", Answers(await client.AskAsync(session, "What is 1+1?")).Contains('2') ? "ok" : "no answer");
    }

    public void Dispose() => _data.Dispose();
}
