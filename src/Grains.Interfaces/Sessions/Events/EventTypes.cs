namespace Colloquy.Sessions;

/// <summary>The event names that this server stores: those of the Managed Agents API, and <see cref="SandboxTime"/>.</summary>
public static class EventTypes
{
    public const string UserMessage = "user.message";
    public const string UserInterrupt = "user.interrupt";
    public const string AgentMessage = "agent.message";
    public const string AgentThinking = "agent.thinking";
    public const string AgentToolUse = "agent.tool_use";
    public const string AgentToolResult = "agent.tool_result";
    public const string ModelRequestStart = "span.model_request_start";
    public const string ModelRequestEnd = "span.model_request_end";
    public const string SandboxTime = "span.sandbox_time";
    public const string StatusRunning = "session.status_running";
    public const string StatusIdle = "session.status_idle";
    public const string StatusTerminated = "session.status_terminated";
    public const string SessionError = "session.error";
}
