using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;
using Colloquy.Silo;
using Microsoft.Extensions.DependencyInjection;

namespace Colloquy.Benchmarks;

/// <summary>How long a turn takes from the client's request to the end that the client reads, over real HTTP.</summary>
internal sealed class TurnTimes : IAsyncDisposable
{
    private const int Rounds = 11;
    private const int LongConversation = 1000;
    private const int ShortConversation = 10;

    /// <summary>Turns are measured this many before and after the tenth: single ones vary more than what is asked.</summary>
    private const int SamplesAround = 3;

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("colloquy-bench-");
    private ColloquyServer _server = null!;
    private HttpClient _http = null!;

    public static async Task<TurnTimes> StartAsync(CancellationToken cancellationToken)
    {
        var times = new TurnTimes();
        times._server = await ColloquyServer.StartAsync(
            new ServerSettings { Urls = "http://127.0.0.1:0", DataFolder = times._data.FullName, Quiet = true },
            cancellationToken);
        times._http = new HttpClient { BaseAddress = new Uri(times._server.Url) };
        return times;
    }

    /// <summary>A one-second agent through everything, against the same command bare in the same kind of sandbox.</summary>
    public async Task CompareWithBareAgentAsync(TextWriter output, CancellationToken cancellationToken)
    {
        var session = await CreateAsync();
        var sandbox = await _server.Services.GetRequiredService<ISandboxProvider>().CreateAsync(
            new SandboxSpec("bench", "sesn_bench", "base", TimeSpan.FromMinutes(10)), cancellationToken);
        await TurnAsync(session, "Sleep 1", cancellationToken);
        await BareAsync(sandbox, 0, cancellationToken);
        var (turns, bare) = (new List<double>(), new List<double>());
        for (var round = 1; round <= Rounds; round++)
        {
            bare.Add(await BareAsync(sandbox, round, cancellationToken));
            turns.Add(await TurnAsync(session, "Sleep 1", cancellationToken));
        }

        await output.WriteLineAsync(
            $"1-second agent: turn over HTTP {Median(turns) * 1000:n1} ms, bare command {Median(bare) * 1000:n1} ms, " +
            $"ratio {Median(turns) / Median(bare):n4} (goal: at most 1.01)");
    }

    /// <summary>A turn of a long conversation against one of a short conversation, alternating.</summary>
    public async Task CompareLongWithShortAsync(TextWriter output, CancellationToken cancellationToken)
    {
        var longest = await CreateAsync();
        await TalkAsync(longest, LongConversation - (Rounds * (ShortConversation + SamplesAround)), cancellationToken);
        var (late, early) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            // The short conversation starts anew, so that it stays short; both have as many turns right before.
            var shortest = await CreateAsync();
            foreach (var (session, times) in new[] { (shortest, early), (longest, late) })
            {
                await TalkAsync(session, ShortConversation - SamplesAround, cancellationToken);
                for (var sample = 0; sample < 2 * SamplesAround; sample++)
                {
                    times.Add(await TurnAsync(session, "What is 1+1?", cancellationToken));
                }
            }
        }

        await output.WriteLineAsync(
            $"turn {LongConversation}: {Median(late) * 1000:n1} ms, turn {ShortConversation}: {Median(early) * 1000:n1} ms, " +
            $"ratio {Median(late) / Median(early):n3} (goal: at most 1.05)");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
        _data.Delete(recursive: true);
    }

    private async Task TalkAsync(string session, int turns, CancellationToken cancellationToken)
    {
        for (var turn = 0; turn < turns; turn++)
        {
            await TurnAsync(session, "What is 1+1?", cancellationToken);
        }
    }

    private async Task<string> CreateAsync()
    {
        using var answer = await _http.PostAsJsonAsync("/v1/sessions", new { });
        return (string)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["id"]!;
    }

    /// <returns>Seconds from the request to the end of the turn as the stream shows it.</returns>
    private async Task<double> TurnAsync(string session, string prompt, CancellationToken cancellationToken)
    {
        using var stream = await _http.GetStreamAsync(
            new Uri($"/v1/sessions/{session}/events/stream", UriKind.Relative), cancellationToken);
        var clock = Stopwatch.StartNew();
        using var answer = await _http.PostAsJsonAsync(
            $"/v1/sessions/{session}/events",
            new { events = new[] { new { type = "user.message", content = prompt } } }, cancellationToken);
        answer.EnsureSuccessStatusCode();
        await foreach (var frame in SseParser.Create(stream).EnumerateAsync(cancellationToken))
        {
            if (frame.EventType == EventTypes.StatusIdle)
            {
                return clock.Elapsed.TotalSeconds;
            }
        }

        throw new InvalidOperationException("The stream ended before the turn did.");
    }

    /// <summary>The agent's own command on its files, without launcher, journal or HTTP API.</summary>
    private async Task<double> BareAsync(ISandbox sandbox, int round, CancellationToken cancellationToken)
    {
        var agents = _server.Services.GetRequiredService<AgentCatalog>();
        var agent = await agents.FindAsync(BuiltIn.OfflineAgent, null);
        var turn = TurnId.For(new EventId($"sevt_bench{round}"));
        var run = agents.RuntimeOf(agent).Prepare(agent, new AgentTurn(new SessionId("sesn_bench"), turn, "Sleep 1", 1, ""));
        var folder = $"/home/user/bench/{round}";
        await sandbox.WriteAsync(
            [.. run.Files.Select(file => file with { Path = $"{folder}/{file.Path}" }), new($"{folder}/prompt", "Sleep 1"u8.ToArray()), new($"{folder}/history", default)],
            cancellationToken);
        var clock = Stopwatch.StartNew();
        await foreach (var happening in sandbox.StartAsync(
            new ProcessSpec(
                "/bin/sh", ["-c", $"exec \"$@\" <{folder}/prompt", "sh", .. run.Command],
                new Dictionary<string, string> { ["TURN_DIR"] = folder, ["HISTORY"] = $"{folder}/history" }),
            cancellationToken))
        {
            if (happening is ProcessEnded ended)
            {
                return ended.ExitCode == 0
                    ? clock.Elapsed.TotalSeconds
                    : throw new InvalidOperationException($"The bare agent ended with {ended.Status}.");
            }
        }

        throw new InvalidOperationException("The bare agent was lost.");
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
