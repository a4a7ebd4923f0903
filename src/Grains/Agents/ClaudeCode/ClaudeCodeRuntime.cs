using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Colloquy.Agents;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Grains.Agents.ClaudeCode;

/// <summary>The Claude Code CLI, one process per turn. <c>claude.sh</c> starts it in the sandbox.</summary>
internal sealed class ClaudeCodeRuntime(ModelAccessOptions models) : IAgentRuntime
{
    private static readonly byte[] Script = EmbeddedFile.Read("claude.sh");

    public string Kind => AgentRuntime.ClaudeCode;

    public string? Missing => models.Missing;

    public string? Template => "claude";

    public bool CallsModels => true;

    public AgentRun Prepare(AgentDefinition agent, AgentTurn turn)
    {
        if (turn.Model is null)
        {
            throw new ArgumentException("Claude Code needs access to a model.", nameof(turn));
        }

        List<SandboxFile> files =
        [
            new("claude.sh", Script),
            ClaudeProgram.File,
            new(Launcher.InputFile, ClaudeCodeMessage.Write(turn)),
        ];
        if (agent.System is { Length: > 0 } system)
        {
            files.Add(new SandboxFile(ClaudeCodeArguments.SystemFile, Encoding.UTF8.GetBytes(system)));
        }

        if (agent.McpServers.Count > 0)
        {
            files.Add(new SandboxFile(ClaudeCodeArguments.McpFile, McpConfig(agent.McpServers)));
        }

        return AgentEnvironment.Run(
            agent,
            turn,
            files,
            [
                "/bin/sh", "-c", ". \"$TURN_DIR/claude.sh\"", "claude.sh",
                turn.TurnNumber.ToString(CultureInfo.InvariantCulture),
                ClaudeCodeIds.Conversation(turn.Turn),
                ClaudeCodeIds.Message(turn.Turn),
                .. ClaudeCodeArguments.Of(agent),
            ],
            ClaudeVariables.Cli);
    }

    private static byte[] McpConfig(IReadOnlyList<McpServer> servers) =>
        Encoding.UTF8.GetBytes(new JsonObject { ["mcpServers"] = ClaudeMcp.Describe(servers) }.ToJsonString());
}
