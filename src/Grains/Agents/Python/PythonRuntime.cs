using System.Globalization;
using Colloquy.Agents;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Grains.Agents.Python;

/// <summary>
/// A Python program with the Claude Agent SDK. The program (agents/python/runner.py) travels with the turn; the SDK
/// comes from the sandbox's template.
/// </summary>
internal sealed class PythonRuntime(ModelAccessOptions models) : IAgentRuntime
{
    private static readonly byte[] Runner = EmbeddedFile.Read("runner.py");

    public string Kind => AgentRuntime.Python;

    public string? Missing => models.Missing;

    public string? Template => "python";

    public bool CallsModels => true;

    public AgentRun Prepare(AgentDefinition agent, AgentTurn turn) => AgentEnvironment.Run(
        agent,
        turn,
        [
            new SandboxFile("runner.py", Runner),
            ClaudeProgram.File,
            new SandboxFile("options.json", RunnerOptions.Write(agent)),
        ],
        // -s: packages in the home folder, which the agent can write, must not replace the template's.
        ["/bin/sh", "-c", "exec python3 -s \"$TURN_DIR/runner.py\""],
        ClaudeVariables.With(new Dictionary<string, string>
        {
            ["TURN_NUMBER"] = turn.TurnNumber.ToString(CultureInfo.InvariantCulture),
            // Saves a start of the CLI; the template pins both.
            ["CLAUDE_AGENT_SDK_SKIP_VERSION_CHECK"] = "1",
        }));
}
