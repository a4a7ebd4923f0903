using System.Globalization;
using System.Text;
using Colloquy.Agents;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Grains.Agents.ClaudeCode;

/// <summary>The Claude Code CLI, one process per turn. <c>claude.sh</c> starts it in the sandbox.</summary>
internal sealed class ClaudeCodeRuntime(ModelAccessOptions models) : IAgentRuntime
{
    private static readonly byte[] Script = ReadScript();

    public string Kind => AgentRuntime.ClaudeCode;

    public string? Missing => models.Missing;

    public string? Template => "claude";

    public bool CallsModels => true;

    public string UsageSource(AgentDefinition agent) => agent.UsageSource ?? Colloquy.Agents.UsageSource.Gateway;

    public AgentRun Prepare(AgentDefinition agent, AgentTurn turn)
    {
        var model = turn.Model ?? throw new ArgumentException("Claude Code needs access to a model.", nameof(turn));
        List<SandboxFile> files =
        [
            new("claude.sh", Script),
            new(Launcher.InputFile, ClaudeCodeMessage.Write(turn)),
        ];
        if (agent.System is { Length: > 0 } system)
        {
            files.Add(new SandboxFile(ClaudeCodeArguments.SystemFile, Encoding.UTF8.GetBytes(system)));
        }

        if (agent.McpServers.Count > 0)
        {
            files.Add(new SandboxFile(ClaudeCodeArguments.McpFile, ClaudeCodeMcp.Write(agent.McpServers)));
        }

        return new AgentRun(
            files,
            [
                "/bin/sh", "-c", ". \"$TURN_DIR/claude.sh\"", "claude.sh",
                turn.TurnNumber.ToString(CultureInfo.InvariantCulture),
                ClaudeCodeIds.Conversation(turn.Turn),
                ClaudeCodeIds.Message(turn.Turn),
                model.Direct ? "direct" : "gateway",
                model.BaseUrl ?? "",
                .. ClaudeCodeArguments.Of(agent),
            ],
            ClaudeCodeVariables.Of(agent, model));
    }

    private static byte[] ReadScript()
    {
        using var stream = typeof(ClaudeCodeRuntime).Assembly.GetManifestResourceStream("Colloquy.claude.sh")
            ?? throw new InvalidOperationException("claude.sh is not embedded in the assembly.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
