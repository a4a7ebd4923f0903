namespace Colloquy.Sessions;

/// <summary>The causes from which event ids are derived. One method for each kind of cause.</summary>
public static class SourceKey
{
    public static string Submitted(string idempotencyKey, int index) => $"submit:{idempotencyKey}:{index}";

    public static string TurnStarted(TurnId turn) => $"turn:{turn}:running";

    public static string TurnEnded(TurnId turn) => $"turn:{turn}:idle";

    public static string TurnFailed(TurnId turn) => $"turn:{turn}:error";

    public static string SessionEnded() => "session:terminated";

    /// <summary>A stretch of a sandbox's time, by where it begins.</summary>
    public static string SandboxTime(string lease, DateTimeOffset from) => $"sandbox:{lease}:{from.UtcTicks}";

    /// <summary>A block of an assistant message; the CLI repeats the message id for each of its blocks.</summary>
    public static string AssistantBlock(TurnId turn, string messageId, int block) => $"block:{turn}:{messageId}:{block}";

    /// <summary>A tool call, by the agent's own id of it: all that the line with its result says.</summary>
    public static string ToolUse(TurnId turn, string toolUseId) => $"tool:{turn}:{toolUseId}";

    /// <summary>Any other line of the agent output, by the byte offset at which the line starts.</summary>
    public static string OutputLine(TurnId turn, long offset, int index) => $"line:{turn}:{offset}:{index}";

    public static string ModelCallStarted(TurnId turn, string callId) => $"call:{turn}:{callId}:start";

    public static string ModelCallEnded(TurnId turn, string callId) => $"call:{turn}:{callId}:end";

    public static string UsageCompared(TurnId turn) => $"turn:{turn}:usage";

    /// <summary>Spans that an agent sent, by how many the turn had been sent before.</summary>
    public static string AgentSpans(TurnId turn, int before) => $"spans:{turn}:{before}";
}
