using System.Text;
using System.Text.Json.Nodes;
using Colloquy.Costs;
using Colloquy.Environments;
using Colloquy.Grains.Sessions;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Sessions;

public sealed class SessionStateJsonTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void State_reads_back_as_it_was_written()
    {
        var state = Full();

        var read = SessionStateJson.Read(SessionStateJson.ToRow(state, "silo"));

        Assert.Equivalent(state, read, strict: true);
    }

    [Fact]
    public void State_of_schema_1_is_still_read()
    {
        var golden = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", "session-state.v1.json"));

        var read = SessionStateJson.Read(Row(golden));

        Assert.Equivalent(Full(), read, strict: true);
    }

    [Fact]
    public void State_with_a_checkpoint_is_read_and_written_as_in_its_golden_file()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Golden", "session-state.v1.checkpoint.json");

        var read = SessionStateJson.Read(Row(File.ReadAllBytes(path)));

        Assert.Equivalent(WithCheckpoint(), read, strict: true);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse(File.ReadAllText(path)), JsonNode.Parse(SessionStateJson.ToRow(WithCheckpoint(), "silo").State)));
    }

    [Fact]
    public void State_with_model_calls_is_read_and_written_as_in_its_golden_file()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Golden", "session-state.v1.calls.json");

        var read = SessionStateJson.Read(Row(File.ReadAllBytes(path)));

        Assert.Equivalent(WithCalls(), read, strict: true);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse(File.ReadAllText(path)), JsonNode.Parse(SessionStateJson.ToRow(WithCalls(), "silo").State)));
    }

    [Fact]
    public void State_with_an_environment_is_read_and_written_as_in_its_golden_file()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Golden", "session-state.v1.environment.json");

        var read = SessionStateJson.Read(Row(File.ReadAllBytes(path)));

        Assert.Equivalent(WithEnvironment(), read, strict: true);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse(File.ReadAllText(path)), JsonNode.Parse(SessionStateJson.ToRow(WithEnvironment(), "silo").State)));
    }

    [Fact]
    public void Written_form_is_the_golden_one()
    {
        var golden = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "session-state.v1.json")));
        var written = JsonNode.Parse(SessionStateJson.ToRow(Full(), "silo").State);

        Assert.True(JsonNode.DeepEquals(golden, written), $"The stored form changed: raise the schema.\n{written}");
    }

    [Fact]
    public void State_of_a_newer_server_is_refused_with_what_to_do()
    {
        var newer = Encoding.UTF8.GetString(SessionStateJson.ToRow(Full(), "silo").State)
            .Replace("\"schema_version\":1", "\"schema_version\":2", StringComparison.Ordinal);

        var error = Assert.Throws<InvalidDataException>(() => SessionStateJson.Read(Row(Encoding.UTF8.GetBytes(newer))));

        Assert.Contains("Run the newer version", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_of_a_later_version_of_the_same_schema_are_ignored()
    {
        var extended = Encoding.UTF8.GetString(SessionStateJson.ToRow(Full(), "silo").State)
            .Replace("\"schema_version\":1", "\"schema_version\":1,\"mood\":\"good\"", StringComparison.Ordinal);

        Assert.Equivalent(Full(), SessionStateJson.Read(Row(Encoding.UTF8.GetBytes(extended))), strict: true);
    }

    private static SessionRow Row(byte[] state) =>
        new(new SessionId("sesn_golden"), 7, 12, "running", "agent_offline", true, "silo", At, At, state);

    private static SessionState WithCheckpoint() => Full() with
    {
        Sandbox = Full().Sandbox! with { RunStartedAt = At, Asleep = true },
        SandboxLost = true,
        Checkpoint = new WorkspaceCheckpoint(
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", 4096, At, 1, "abc"),
        Oversized = new OversizedWorkspace(2, "def"),
    };

    private static SessionState WithCalls() => Full() with
    {
        Turn = Full().Turn! with
        {
            UsageSource = "gateway",
            Calls = new TurnCalls
            {
                Open =
                [
                    new OpenCall("call_2", "claude-opus-5-5", new TokenUsage(900, 4000, 0, 0, 0), At) { Attempt = 1, Notional = true },
                ],
                Ended = [new EndedCall("call_1", "msg_1"), new EndedCall("call_0", null)],
                Failed = new FailedCall("overloaded_error", "Overloaded", 529, "req_1"),
            },
            GatewayUsage = new Dictionary<string, TokenUsage> { ["claude-opus-5-5"] = new(100, 20, 30, 40, 50) },
            Spans = new TurnSpans(7, 5, 2048, ["00f067aa0ba902b7"]),
        },
    };

    private static SessionState WithEnvironment() => Full() with
    {
        Environment = new SandboxSettings(
            "claude", new SandboxNetwork(false, ["a.example"]), new SandboxLimits(2, 1024, null), TimeSpan.FromMinutes(5)),
    };

    private static SessionState Full()
    {
        var message = new EventId("sevt_0123456789abcdef0123456789abcdef");
        var cost = CostTotals.OfCall(new TokenUsage(100, 20, 30, 40, 50), 123_456_789) +
            CostTotals.OfSandbox(2.5, 2, 512, 75_625);
        return new SessionState(
            1, new SessionId("sesn_golden"), 7, 12, SessionStatus.Running,
            new AgentSummary("agent_offline", 1, "Offline", "offline-1", "A demo"), "env_default", "A title",
            new Dictionary<string, string> { ["team"] = "red" }, TimeSpan.FromMinutes(10), At, At.AddSeconds(3), "hash")
        {
            Turn = new RunningTurn(
                TurnId.For(message), message, 10, 11, 2, At, At.AddMinutes(10),
                new TraceReference("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00f067aa0ba902b7"))
            {
                OutputOffset = 4096,
                Launched = true,
                InterruptRequested = true,
                Notice = "A notice",
                Cost = cost,
            },
            Queue = [new QueuedMessage(message, 12, TimeSpan.FromHours(2), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")],
            Sandbox = new SandboxLease("sesn_golden-1-2", "isbx", "local", 2, 512, At, At.AddHours(1), 9),
            Turns = 2,
            ActiveSeconds = 12.5,
            Totals = cost,
        };
    }
}
