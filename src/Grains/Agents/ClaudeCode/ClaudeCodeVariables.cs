using Colloquy.Agents;

namespace Colloquy.Grains.Agents.ClaudeCode;

/// <summary>The environment of the CLI's process, beside what the sandbox and its template set.</summary>
internal static class ClaudeCodeVariables
{
    /// <summary>An agent may set others.</summary>
    private static readonly Dictionary<string, string> Defaults = new(StringComparer.Ordinal)
    {
        // The waits are 0.5, 1, 2, 4, 8, 16, 32 and 32 seconds or a little longer: enough for a server that restarts.
        ["CLAUDE_CODE_MAX_RETRIES"] = "8",
        // Until an answer begins. A slow start is not a failure, and the turn has a deadline of its own.
        ["API_TIMEOUT_MS"] = "1800000",
    };

    /// <summary>An agent cannot change these: accounting, isolation and the end of the turn rest on them.</summary>
    private static readonly Dictionary<string, string> Fixed = new(StringComparer.Ordinal)
    {
        // Else the CLI refuses to run as root without permission checks.
        ["IS_SANDBOX"] = "1",
        ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1",
        ["DISABLE_AUTOUPDATER"] = "1",
        ["DISABLE_TELEMETRY"] = "1",
        ["DISABLE_ERROR_REPORTING"] = "1",
        // Nothing goes on after the answer: the process is the turn.
        ["CLAUDE_CODE_DISABLE_BACKGROUND_TASKS"] = "1",
        ["CLAUDE_CODE_DISABLE_CRON"] = "1",
        // Retired models are an error, not silently another model at another price.
        ["CLAUDE_CODE_DISABLE_LEGACY_MODEL_REMAP"] = "1",
    };

    /// <summary>The agent's own spans go to the gateway, which adds them to the turn's trace.</summary>
    private static readonly Dictionary<string, string> Spans = new(StringComparer.Ordinal)
    {
        ["CLAUDE_CODE_ENABLE_TELEMETRY"] = "1",
        ["CLAUDE_CODE_ENHANCED_TELEMETRY_BETA"] = "1",
        ["CLAUDE_CODE_PROPAGATE_TRACEPARENT"] = "1",
        ["OTEL_TRACES_EXPORTER"] = "otlp",
        ["OTEL_METRICS_EXPORTER"] = "none",
        ["OTEL_LOGS_EXPORTER"] = "none",
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/json",
        // The CLI does not exit before its spans are sent, and the turn must not wait for a collector that hangs.
        ["CLAUDE_CODE_OTEL_FLUSH_TIMEOUT_MS"] = "1000",
        ["CLAUDE_CODE_OTEL_SHUTDOWN_TIMEOUT_MS"] = "1000",
        ["OTEL_EXPORTER_OTLP_TIMEOUT"] = "1000",
    };

    public static IReadOnlyDictionary<string, string> Of(AgentDefinition agent, ModelAccess model)
    {
        var variables = new Dictionary<string, string>(Defaults, StringComparer.Ordinal);
        Set(agent.Variables);
        Set(Fixed);
        if (agent.Tracing.AgentSpans && !model.Direct)
        {
            Set(Spans);
        }

        // The CLI prefers the first of these that it finds, so the others must not be there.
        variables.Remove("ANTHROPIC_AUTH_TOKEN");
        variables.Remove("ANTHROPIC_BASE_URL");
        variables.Remove("ANTHROPIC_API_KEY");
        variables.Remove("CLAUDE_CODE_OAUTH_TOKEN");
        variables[model.IsOAuth ? "CLAUDE_CODE_OAUTH_TOKEN" : "ANTHROPIC_API_KEY"] = model.Credential;
        return variables;

        void Set(IReadOnlyDictionary<string, string> more)
        {
            foreach (var (name, value) in more)
            {
                variables[name] = value;
            }
        }
    }
}
