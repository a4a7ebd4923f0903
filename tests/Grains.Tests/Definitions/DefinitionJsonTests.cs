using System.Text.Json.Nodes;
using Colloquy.Agents;
using Colloquy.Environments;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Definitions;
using Colloquy.Grains.Environments;
using Xunit;

namespace Colloquy.Grains.Tests.Definitions;

/// <summary>The stored forms. What an earlier version wrote is read for ever.</summary>
public sealed class DefinitionJsonTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);
    private static readonly DefinitionSerializer Serializer = new();

    private static readonly AgentState Agent = new()
    {
        CreateHash = "hash",
        ArchivedAt = At.AddHours(1),
        Versions =
        [
            new AgentDefinition("agent_1", 1, "Coder", AgentRuntime.Command, "claude-opus-5-5")
            {
                Description = "d",
                System = "Be brief.",
                Tools = new AgentTools(
                    new ToolPolicy(false, ToolPolicy.AlwaysAllow),
                    new Dictionary<string, ToolPolicy> { ["bash"] = new(true, ToolPolicy.AlwaysAsk) }),
                McpServers =
                [
                    new McpServer("docs", "https://docs.example/mcp", [], new Dictionary<string, string>()),
                    new McpServer("files", null, ["node", "s.js"], new Dictionary<string, string> { ["A"] = "1" }),
                ],
                PermissionMode = PermissionMode.Plan,
                MaxTurns = 7,
                TurnTimeout = TimeSpan.FromSeconds(90.5),
                Command = ["python3", "agent.py"],
                Variables = new Dictionary<string, string> { ["LANG"] = "C" },
                UsageSource = UsageSource.Output,
                Tracing = new AgentTracing(false),
                Metadata = new Dictionary<string, string> { ["team"] = "red" },
                CreatedAt = At,
                UpdatedAt = At,
            },
        ],
    };

    private static readonly EnvironmentState Environment = new()
    {
        CreateHash = "hash",
        Definition = new EnvironmentDefinition("env_1", "Lab")
        {
            Description = "d",
            Sandbox = new SandboxSettings(
                "claude", new SandboxNetwork(false, ["a.example"]), new SandboxLimits(2, 1024, 2048), TimeSpan.FromMinutes(5)),
            Metadata = new Dictionary<string, string> { ["team"] = "red" },
            CreatedAt = At,
            UpdatedAt = At,
            ArchivedAt = At,
            Revision = 3,
        },
    };

    private static readonly DirectoryState Directory = new()
    {
        Entries = [new DirectoryEntry(1, "agent_1", At, false), new DirectoryEntry(3, "agent_3", At, true)],
        LastNumber = 4,
    };

    [Fact]
    public void Agent_is_read_and_written_as_in_its_golden_file() => Check(Agent, "agent.v1.json");

    [Fact]
    public void Environment_is_read_and_written_as_in_its_golden_file() => Check(Environment, "environment.v1.json");

    [Fact]
    public void Directory_is_read_and_written_as_in_its_golden_file() => Check(Directory, "directory.v1.json");

    [Fact]
    public void Members_that_are_missing_have_their_defaults_and_unknown_ones_are_ignored()
    {
        var read = Serializer.Deserialize<AgentState>(new BinaryData(
            """{"mood":"good","versions":[{"id":"agent_1","version":1,"name":"a","runtime":"offline","model":"m","taste":1}]}"""));

        Assert.Equal(AgentState.CurrentSchema, read.SchemaVersion);
        Assert.Equivalent(new AgentDefinition("agent_1", 1, "a", "offline", "m"), Assert.Single(read.Versions), strict: true);
    }

    [Fact]
    public void Newer_schema_is_refused_with_what_to_do()
    {
        var error = Assert.Throws<InvalidDataException>(() => DefinitionStorage.CheckSchema("agent_1", 2, 1));

        Assert.Contains("Run the newer version", error.Message, StringComparison.Ordinal);
    }

    private static void Check<T>(T state, string file)
    {
        var golden = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", file));
        var written = Serializer.Serialize(state).ToString();

        Assert.Equivalent(state, Serializer.Deserialize<T>(new BinaryData(golden)), strict: true);
        Assert.True(
            JsonNode.DeepEquals(JsonNode.Parse(golden), JsonNode.Parse(written)),
            $"The stored form changed: raise the schema.\n{written}");
    }
}
