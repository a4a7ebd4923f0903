using System.Globalization;
using Xunit;

namespace Colloquy.EndToEnd;

/// <summary>What a session's sandbox holds is there again after a restart of the server, and after a pause.</summary>
public sealed class KeptFilesTests : IDisposable
{
    private readonly TemporaryFolder _data = new();

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Restarted_server_goes_on_in_the_same_sandbox(bool killed)
    {
        string session, sandbox;
        using (var server = await ServerProcess.StartAsync(_data.Path))
        using (var api = new ApiClient(server.Url))
        {
            session = await api.CreateSessionAsync();
            await api.PutFileAsync(session, "note.txt", "walnut");
            await api.AskAsync(session, "What is 17*23?");
            sandbox = await SandboxOfAsync(api, session);
            if (killed)
            {
                await server.KillAsync();
            }
        }

        using var again = await ServerProcess.StartAsync(_data.Path);
        using var client = new ApiClient(again.Url);
        var events = await client.AskAsync(session, "Run cat note.txt");

        Assert.Contains(events, stored => (string?)stored["stdout"] == "walnut");
        Assert.Null(events[^1]["notice"]);
        Assert.Equal(sandbox, await SandboxOfAsync(client, session));
    }

    [Fact]
    public async Task Idle_sandbox_is_paused_costs_nothing_and_is_resumed_by_the_next_turn()
    {
        using var server = await ServerProcess.StartAsync(
            _data.Path, new Dictionary<string, string> { ["Sandbox__Timeout"] = "00:00:02" });
        using var api = new ApiClient(server.Url);
        var session = await api.CreateSessionAsync();
        var began = Now;
        await api.AskAsync(session, "Write \"walnut\" to note.txt");
        var sandbox = await SandboxOfAsync(api, session);
        var paused = began;
        await Eventually.TrueAsync(async () =>
        {
            var listed = Assert.Single((await api.GetAsync("/v1/sandboxes"))["data"]!.AsArray())!;
            paused = DateTimeOffset.Parse((string)listed["since"]!, CultureInfo.InvariantCulture);
            return (string?)listed["state"] == "paused";
        });
        var booked = await SandboxSecondsAsync(api, session);
        await Eventually.TrueAsync(() => Now - paused > TimeSpan.FromSeconds(2));
        var bookedLater = await SandboxSecondsAsync(api, session);

        var resumed = Now;
        var events = await api.AskAsync(session, "Run cat note.txt");
        var ended = Now;

        Assert.Contains(events, stored => (string?)stored["stdout"] == "walnut");
        Assert.Null(events[^1]["notice"]);
        Assert.Equal(sandbox, await SandboxOfAsync(api, session));
        Assert.Equal(booked, bookedLater);
        var awake = (paused - began) + (ended - resumed);
        Assert.InRange(await SandboxSecondsAsync(api, session), 2, awake.TotalSeconds);
    }

    public void Dispose() => _data.Dispose();

    private static async Task<string> SandboxOfAsync(ApiClient api, string session) =>
        (string)(await api.GetAsync($"/v1/sessions/{session}"))["sandbox_id"]!;

    private static async Task<double> SandboxSecondsAsync(ApiClient api, string session)
    {
        var row = (await api.GetAsync("/v1/costs?by=session"))["rows"]!.AsArray()
            .Single(row => (string?)row!["key"] == session)!;
        return (double)row["sandbox_seconds"]!;
    }
}
