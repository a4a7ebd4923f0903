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
    private static readonly byte[] Runner = ReadRunner();

    public string Kind => AgentRuntime.Python;

    public string? Missing => models.Direct is null ? models.Missing : null;

    public string? Template => "python";

    public bool CallsModels => true;

    public string UsageSource(AgentDefinition agent) => agent.UsageSource ?? Colloquy.Agents.UsageSource.Gateway;

    public AgentRun Prepare(AgentDefinition agent, AgentTurn turn) => AgentEnvironment.Run(
        agent,
        turn,
        [new SandboxFile("runner.py", Runner), new SandboxFile("options.json", RunnerOptions.Write(agent))],
        // -s: packages in the home folder, which the agent can write, must not replace the template's.
        ["/bin/sh", "-c", "exec python3 -s \"$TURN_DIR/runner.py\""],
        Variables(agent, turn));

    private static Dictionary<string, string> Variables(AgentDefinition agent, AgentTurn turn)
    {
        var variables = new Dictionary<string, string>
        {
            ["TURN_NUMBER"] = turn.TurnNumber.ToString(CultureInfo.InvariantCulture),
            // Without it, a root user may not bypass permissions.
            ["IS_SANDBOX"] = "1",
            ["DISABLE_AUTOUPDATER"] = "1",
            ["DISABLE_TELEMETRY"] = "1",
            ["DISABLE_ERROR_REPORTING"] = "1",
            ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1",
            // A turn has one result and ends with its process.
            ["CLAUDE_CODE_DISABLE_BACKGROUND_TASKS"] = "1",
            // A message is what a user wrote, not a way to name files of the sandbox.
            ["CLAUDE_CODE_DISABLE_FILE_MENTIONS"] = "1",
            // About a minute and a quarter: longer than a gateway needs to come back.
            ["CLAUDE_CODE_MAX_RETRIES"] = "8",
            // Saves a start of the CLI; the template pins both.
            ["CLAUDE_AGENT_SDK_SKIP_VERSION_CHECK"] = "1",
        };
        if (AgentEnvironment.EmitsSpans(agent, turn))
        {
            variables["CLAUDE_CODE_ENABLE_TELEMETRY"] = "1";
            variables["CLAUDE_CODE_ENHANCED_TELEMETRY_BETA"] = "1";
            variables["CLAUDE_CODE_PROPAGATE_TRACEPARENT"] = "1";
            // The CLI does not exit before its spans are sent, and the turn must not wait for a collector that hangs.
            variables["CLAUDE_CODE_OTEL_FLUSH_TIMEOUT_MS"] = "1000";
            variables["CLAUDE_CODE_OTEL_SHUTDOWN_TIMEOUT_MS"] = "1000";
            variables["OTEL_EXPORTER_OTLP_TIMEOUT"] = "1000";
        }

        return variables;
    }

    private static byte[] ReadRunner()
    {
        using var stream = typeof(PythonRuntime).Assembly.GetManifestResourceStream("Colloquy.runner.py")
            ?? throw new InvalidOperationException("runner.py is not embedded in the assembly.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
