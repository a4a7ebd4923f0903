using Colloquy.Emulators;
using Colloquy.Silo;
using Xunit;
using static Colloquy.EndToEnd.ApiClient;

namespace Colloquy.EndToEnd;

/// <summary>
/// Agents that are handed the provider's key, in sandboxes of a host elsewhere. The emulator is out of reach for a sandbox with an open network, as it
/// listens on this machine's loopback. So the agent only says what a model would have cost.
/// </summary>
public sealed class DirectAccessTests
{
    private const string Key = "sk-ant-handed-over";

    private const string Agent =
        """
        [ "$ANTHROPIC_API_KEY $ANTHROPIC_BASE_URL" = "$EXPECTED" ] && answer=handed || answer=missing
        [ -z "${OTEL_EXPORTER_OTLP_ENDPOINT:-}" ] || answer='spans have nowhere to go'
        printf '{"type":"assistant","message":{"id":"msg_1","model":"claude-opus-5-5",'
        printf '"content":[{"type":"text","text":"%s"}]}}\n' "$answer"
        printf '{"type":"result","is_error":false,"model":"claude-opus-5-5",'
        printf '"usage":{"input_tokens":1000,"output_tokens":200}}\n'
        """;

    [Fact]
    public async Task Key_is_handed_over_with_a_notice_and_what_the_agent_prints_is_booked()
    {
        await using var emulator = await MessagesEmulator.StartAsync(
            new MessagesEmulatorOptions(ApiKey: Key), TestContext.Current.CancellationToken);
        using var data = new TemporaryFolder();
        using var hostData = new TemporaryFolder();
        await using var host = await HostProcess.StartAsync(hostData.Path);
        await using var server = await ColloquyServer.StartAsync(
            new ServerSettings
            {
                Urls = "http://127.0.0.1:0",
                DataFolder = data.Path,
                Quiet = true,
                Arguments =
                [
                    "--ModelGateway:Direct", "true", "--ModelGateway:ApiKey", Key,
                    "--ModelGateway:ProviderUrl", emulator.Url,
                    .. host.ForServers.SelectMany(pair => (string[])[$"--{pair.Key.Replace("__", ":")}", pair.Value]),
                ],
            },
            TestContext.Current.CancellationToken);
        using var api = new ApiClient(server.Url);
        var open = await api.CreateAsync("/v1/environments", new
        {
            name = "Open",
            config = new { type = "cloud", networking = new { type = "unrestricted" } },
        });
        var agent = await api.CreateAsync("/v1/agents", new
        {
            name = "Direct",
            model = "claude-opus-5-5",
            runtime = "command",
            command = new[] { "/bin/sh", "-c", Agent },
            variables = new { EXPECTED = $"{Key} {emulator.Url}" },
        });
        var session = await api.CreateSessionAsync(
            new { agent = (string)agent["id"]!, environment_id = (string)open["id"]! });

        foreach (var turn in (int[])[1, 2])
        {
            var events = await api.AskAsync(session, "Hello");

            Assert.Equal("handed", Answers(events));
            Assert.Equal("completed", (string?)events[^1]["outcome"]);
            Assert.Contains("handed the provider's key", (string?)events[^1]["notice"], StringComparison.Ordinal);
            var end = events.Single(stored => Type(stored) == "span.model_request_end");
            Assert.Equal(1000, (int?)end["model_usage"]!["input_tokens"]);
            var usage = (await api.GetAsync($"/v1/sessions/{session}"))["usage"]!;
            Assert.Equal((turn * 1000, turn * 200), ((int)usage["input_tokens"]!, (int)usage["output_tokens"]!));
            Assert.True((long)events[^1]["cost"]!["model_nano_usd"]! > 0);
        }
    }
}
