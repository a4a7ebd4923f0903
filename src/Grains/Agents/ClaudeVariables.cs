namespace Colloquy.Grains.Agents;

/// <summary>The environment of the Claude Code CLI, started as such or by the SDK around it.</summary>
internal static class ClaudeVariables
{
    public static readonly ProgramVariables Cli = new(
        Defaults: new Dictionary<string, string>(StringComparer.Ordinal)
        {
            // The waits are 0.5, 1, 2, 4, 8, 16, 32 and 32 seconds or a little longer: enough for a server that restarts.
            ["CLAUDE_CODE_MAX_RETRIES"] = "8",
            // Until an answer begins. A slow start is not a failure, and the turn has a deadline of its own.
            ["API_TIMEOUT_MS"] = "1800000",
            // A command that takes longer fails, because nothing goes on in the background. The CLI's own two minutes
            // are too short for many builds and tests. The model may ask for more for a single command: up to an hour,
            // and not the turn's whole time, so that it hears of a command that hangs and can do something else.
            ["BASH_DEFAULT_TIMEOUT_MS"] = "600000",
            ["BASH_MAX_TIMEOUT_MS"] = "3600000",
        },
        // Accounting, isolation and the end of the turn rest on these.
        Fixed: new Dictionary<string, string>(StringComparer.Ordinal)
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
            // A message is what a user wrote, not a way to name files of the sandbox.
            ["CLAUDE_CODE_DISABLE_FILE_MENTIONS"] = "1",
            // Retired models are an error, not silently another model at another price.
            ["CLAUDE_CODE_DISABLE_LEGACY_MODEL_REMAP"] = "1",
        },
        Spans: new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["CLAUDE_CODE_ENABLE_TELEMETRY"] = "1",
            ["CLAUDE_CODE_ENHANCED_TELEMETRY_BETA"] = "1",
            ["CLAUDE_CODE_PROPAGATE_TRACEPARENT"] = "1",
            // The CLI does not exit before its spans are sent, and the turn must not wait for a collector that hangs.
            ["CLAUDE_CODE_OTEL_FLUSH_TIMEOUT_MS"] = "1000",
            ["CLAUDE_CODE_OTEL_SHUTDOWN_TIMEOUT_MS"] = "1000",
            ["OTEL_EXPORTER_OTLP_TIMEOUT"] = "1000",
        });

    /// <summary>For a program that starts the CLI and has fixed variables of its own.</summary>
    public static ProgramVariables With(IReadOnlyDictionary<string, string> more) => Cli with
    {
        Fixed = Cli.Fixed.Concat(more).ToDictionary(StringComparer.Ordinal),
    };
}
